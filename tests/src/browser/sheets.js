// What is drawn on each sheet of a PDF in base64 that Chromium wrote, as the operators of PDF, inflated.
(async (base64) => {
  const bytes = atob(base64);
  const streams = bytes.matchAll(/\/FlateDecode[^>]*>>\s*stream\r?\n([^]*?)\r?\nendstream/g);
  const sheets = [];
  for (const [, stream] of streams) {
    const packed = new Blob([Uint8Array.from(stream, (byte) => byte.charCodeAt(0))]);
    const inflated = packed.stream().pipeThrough(new DecompressionStream("deflate"));
    const text = new TextDecoder("latin1").decode(await new Response(inflated).arrayBuffer());
    if (/^BT$/m.test(text)) sheets.push(text);
  }
  return sheets;
})

// Text whose colour is closer to what is behind it than WCAG 2 wants (success criterion 1.4.3): each with its contrast.
(() => {
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // Red, green, blue and alpha of any colour that CSS can write, on top of what is there.
  const over = (color, [r, g, b]) => {
    paint.fillStyle = `rgb(${r} ${g} ${b})`;
    paint.fillRect(0, 0, 1, 1);
    paint.fillStyle = color;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const behind = (element) => {
    if (element === null) return [255, 255, 255];
    return over(getComputedStyle(element).backgroundColor, behind(element.parentElement));
  };
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const words = walker.currentNode.textContent.trim();
    if (words === "" || !element.checkVisibility() || element.closest("script, style, svg title")) continue;
    const style = getComputedStyle(element);
    const paper = behind(element);
    const ink = over(element.closest("svg") ? style.fill : style.color, paper);
    const [dark, light] = [luminance(ink), luminance(paper)].sort((one, other) => one - other);
    const contrast = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) faint.push(`${contrast.toFixed(2)}: ${words}`);
  }
  return faint;
})()

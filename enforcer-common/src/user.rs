//! `aya::Pod` for the layouts, once, with its proof.
#![expect(
    unsafe_code,
    reason = "the trait is unsafe to implement; the macro proves each case"
)]

use zerocopy::{FromBytes, IntoBytes};

use crate::{
    counter::{Bucket, Counter, Counters},
    judgement::Proof,
    ledger::{Book, Row},
};

/// Implements [`aya::Pod`] for types that zerocopy knows to be plain old data.
macro_rules! pod {
    ($($type:ty),+ $(,)?) => {$(
        const _: () = {
            const fn is_plain_old_data<T: FromBytes + IntoBytes + Copy + 'static>() {}
            is_plain_old_data::<$type>();
        };
        // SAFETY: `IntoBytes` rules out padding and `FromBytes` invalid bit patterns.
        unsafe impl aya::Pod for $type {}
    )+};
}

pod!(Book, Bucket, Counter, Counters, Proof, Row);

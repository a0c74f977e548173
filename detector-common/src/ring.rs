//! The requests to an io_uring that equal system calls.
//!
//! Numbers are those of `enum io_uring_op` (include/uapi/linux/io_uring.h).

use crate::call;

/// One more than the highest request that is looked up.
pub const OPERATION_LIMIT: usize = 64;

/// The slot, in the arrays of families, of the program for an open that was carried out already when
/// it is told. No kind has this number.
pub const SETTLED_SLOT: u32 = 31;

/// A request, and the call that it equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestSpec {
    /// Its number.
    pub operation: u8,
    /// The number of the call.
    pub call: u32,
}

macro_rules! requests {
    ($($constant:ident, $number:literal, $call:ident;)*) => {
        $(
            #[doc = concat!("Number of IORING_OP_", stringify!($constant), ".")]
            pub const $constant: u8 = $number;
        )*

        /// All requests of interest.
        pub const REQUESTS: &[RequestSpec] = &[$(RequestSpec {
            operation: $number, call: call::$call,
        },)*];
    };
}

// RENAMEAT takes flags, as renameat2 does.
requests! {
    CONNECT, 16, CONNECT;
    OPENAT, 18, OPENAT;
    OPENAT2, 28, OPENAT2;
    RENAMEAT, 35, RENAMEAT2;
    UNLINKAT, 36, UNLINKAT;
    MKDIRAT, 37, MKDIRAT;
    SYMLINKAT, 38, SYMLINKAT;
    LINKAT, 39, LINKAT;
}

/// For each request the number of the call that it equals; 0 for no interest (no request of interest
/// equals read, whose number is 0). The sensor's read-only data.
pub fn calls() -> [u16; OPERATION_LIMIT] {
    let mut table = [0; OPERATION_LIMIT];
    for request in REQUESTS {
        if let Some(entry) = table.get_mut(usize::from(request.operation)) {
            *entry = request.call as u16;
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_equals_a_call_that_is_known() {
        for request in REQUESTS {
            let call = call::by_number(request.call);
            assert!(call.is_some_and(|call| !call.any_task), "{request:?}");
            assert_eq!(
                u32::from(calls()[usize::from(request.operation)]),
                request.call
            );
        }
        assert_eq!(
            calls().iter().filter(|call| **call != 0).count(),
            REQUESTS.len()
        );
    }
}

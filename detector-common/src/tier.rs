//! The two objects that are made of the sensor's one source, for kernels that offer more or less.

/// An object of the sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// For kernels with `bpf_loop` and `bpf_get_current_task_btf`: 5.17 and later.
    Normal,
    /// For kernels without, from 5.10 on.
    Legacy,
}

impl Tier {
    /// Both, the better one first.
    pub const ALL: [Self; 2] = [Self::Normal, Self::Legacy];

    /// Its name in options and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Legacy => "legacy",
        }
    }

    /// Steps of the walk from a file upwards. A path of `PATH_MAX` bytes has at most half as many
    /// components, and each mount on the way costs one step more; what is above the last step is
    /// missing, and the path is flagged.
    #[must_use]
    pub const fn steps(self) -> u32 {
        match self {
            Self::Normal => 3072,
            Self::Legacy => 256,
        }
    }

    /// The most ancestors among which a chosen process is looked for.
    #[must_use]
    pub const fn ancestors(self) -> u32 {
        match self {
            Self::Normal => 4096,
            Self::Legacy => 128,
        }
    }
}

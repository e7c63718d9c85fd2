//! Remarks: questions and answers on any subject, so that nobody has to go back to mail; and acknowledgements.

use crate::history::StepId;

/// Most characters of a remark.
pub const REMARK_CHARS: usize = 280;

/// One step of a conversation on a subject. It is not judged by any state: whoever is in the audience may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// Something is asked.
    Asked,
    /// A question is answered.
    Answered {
        /// The step that asked.
        question: StepId,
    },
    /// An own remark is taken back because it held something about a person. Its text is destroyed on every node.
    Retracted {
        /// The step that is taken back.
        remark: StepId,
    },
}

/// An agency has taken note of one version of an update, or of one revision of a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The entry that was read.
    pub version: StepId,
}

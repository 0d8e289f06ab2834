/// A column that every run has, whatever its experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunColumn {
    /// Folder of the report.
    Run,
    /// Name of the experiment.
    Experiment,
    /// Start of the run.
    Started,
    /// Its duration.
    Minutes,
    /// `finished`, `failed in part` or `unreadable`.
    State,
    /// Network.
    Network,
    /// Backbone of the network.
    Backbone,
    /// Method.
    Method,
    /// Layer.
    Layer,
    /// Configuration of a sweep.
    Configuration,
    /// Number of seeds.
    Seeds,
    /// Number of images.
    Images,
    /// Commit of the experiment's repository.
    Commit,
    /// State of the repository.
    Dirty,
    /// Machine.
    Host,
    /// Tags.
    Tags,
    /// Note.
    Note,
}

impl RunColumn {
    /// Every column with its name and meaning, in the order of a full list.
    pub const ALL: [(Self, &'static str, &'static str); 17] = [
        (Self::Run, "run", "folder of the report, relative to the working directory where it lies below it"),
        (Self::Experiment, "experiment", "name of the experiment"),
        (Self::Started, "started", "start of the run, UTC"),
        (Self::Minutes, "minutes", "duration of the run, minutes"),
        (Self::State, "state", "`finished`, `failed in part` (stages failed), or `unreadable`"),
        (
            Self::Network,
            "network",
            "network; `baseline` for baselines. A comparison also looks at the backbone",
        ),
        (Self::Backbone, "backbone", "backbone of the network; none for baselines"),
        (Self::Method, "method", "CAM method or baseline"),
        (Self::Layer, "layer", "tapped layer; `-` for baselines"),
        (
            Self::Configuration,
            "configuration",
            "point of the sweep, such as `lr = 0.1`; none without a sweep",
        ),
        (Self::Seeds, "seeds", "number of seeds that the values are means over"),
        (Self::Images, "images", "number of images, the fewest of any seed"),
        (
            Self::Commit,
            "commit",
            "commit of the experiment's repository; a beginning of it compares as equal",
        ),
        (Self::Dirty, "dirty", "`true` if files of the repository differed from the commit"),
        (Self::Host, "host", "name of the machine"),
        (Self::Tags, "tags", "tags (`camlab tag`), a list; `tag` is the same column"),
        (Self::Note, "note", "note (`camlab note`)"),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(column, ..)| *column == self).map_or("", |(_, name, _)| name)
    }

    /// `true` for a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Minutes | Self::Seeds | Self::Images)
    }

    /// `true` if the rows of a run may differ in it.
    pub fn is_of_rows(self) -> bool {
        use RunColumn::{Backbone, Configuration, Images, Layer, Method, Network, Seeds};
        matches!(self, Network | Backbone | Method | Layer | Configuration | Seeds | Images)
    }
}

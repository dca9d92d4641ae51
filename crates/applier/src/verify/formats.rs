//! Headers, end markers and indexes of data files.

use std::collections::BTreeSet;
use std::io;

use noodles::sam::header::record::value::map::read_group::tag;
use noodles::{bam, bgzf, cram, csi, sam, tabix, vcf};

/// The empty block at the end of BGZF (SAM specification, "End-of-file marker").
const BGZF_END: [u8; 28] = [
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];
/// The container at the end of CRAM 3 (CRAM specification, "End of file container").
const CRAM_END: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 1, 0, 5, 0xbd, 0xd9, 0x4f, 0, 1,
    0, 6, 6, 1, 0, 1, 0, 1, 0, 0xee, 0x63, 1, 0x4b,
];
/// The same of CRAM 2.1.
const CRAM_2_END: [u8; 30] = [
    0x0b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 1, 0, 0, 1, 0, 6, 6, 1, 0, 1, 0,
    1, 0,
];
/// Assemblies by the length of their first chromosome.
const ASSEMBLIES: [(usize, &str); 5] = [
    (248_956_422, "GRCh38"),
    (249_250_621, "GRCh37"),
    (248_387_328, "T2T-CHM13"),
    (195_471_971, "GRCm38"),
    (195_154_279, "GRCm39"),
];
/// The most names that are shown of anything.
const SHOWN: usize = 3;

/// What a data file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Alignments.
    Bam,
    /// Alignments, packed by reference.
    Cram,
    /// Variants in BGZF.
    Vcf,
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Contents {
    samples: Vec<String>,
    read_groups: Vec<String>,
    references: Vec<(String, Option<usize>)>,
}

/// Why there are no contents.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// The bytes end before the header does.
    Short,
    /// It is no such file.
    Wrong(String),
}

impl Format {
    /// By the ending of a key.
    pub(super) fn of(key: &str) -> Option<Self> {
        [(".bam", Self::Bam), (".cram", Self::Cram), (".vcf.gz", Self::Vcf)]
            .into_iter()
            .find_map(|(end, format)| key.ends_with(end).then_some(format))
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bam => "BAM",
            Self::Cram => "CRAM",
            Self::Vcf => "VCF",
        }
    }

    /// How many bytes of the end tell whether it is whole.
    pub(super) fn end_length(self) -> u64 {
        match self {
            Self::Bam | Self::Vcf => BGZF_END.len() as u64,
            Self::Cram => CRAM_END.len() as u64,
        }
    }

    /// Whether these last bytes are those of a whole file.
    pub(super) fn ends(self, bytes: &[u8]) -> bool {
        match self {
            Self::Bam | Self::Vcf => bytes.ends_with(&BGZF_END),
            Self::Cram => bytes.ends_with(&CRAM_END) || bytes.ends_with(&CRAM_2_END),
        }
    }

    /// Reads the header from the first bytes.
    pub(super) fn header(self, bytes: &[u8]) -> Result<Contents, Unreadable> {
        let read = match self {
            Self::Bam => bam::io::Reader::new(bytes).read_header().map(|it| of_sam(&it)),
            Self::Cram => cram::io::Reader::new(bytes).read_header().map(|it| of_sam(&it)),
            Self::Vcf => vcf::io::Reader::new(bgzf::io::Reader::new(bytes))
                .read_header()
                .map(|it| of_vcf(&it)),
        };
        read.map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                Unreadable::Short
            } else {
                Unreadable::Wrong(error.to_string())
            }
        })
    }
}

fn of_sam(header: &sam::Header) -> Contents {
    let groups = header.read_groups();
    let samples: BTreeSet<String> = groups
        .values()
        .filter_map(|it| it.other_fields().get(&tag::SAMPLE))
        .map(ToString::to_string)
        .collect();
    Contents {
        samples: samples.into_iter().collect(),
        read_groups: groups.keys().map(ToString::to_string).collect(),
        references: header
            .reference_sequences()
            .iter()
            .map(|(name, map)| (name.to_string(), Some(map.length().get())))
            .collect(),
    }
}

fn of_vcf(header: &vcf::Header) -> Contents {
    Contents {
        samples: header.sample_names().iter().cloned().collect(),
        read_groups: Vec::new(),
        references: header
            .contigs()
            .iter()
            .map(|(name, map)| (name.clone(), map.length()))
            .collect(),
    }
}

impl Contents {
    /// What people want to see of it.
    pub(super) fn shown(&self) -> String {
        let mut parts = vec![match self.samples.len() {
            0 => "no sample".to_owned(),
            1 => format!("sample {}", self.samples[0]),
            _ => format!("samples {}", some(&self.samples)),
        }];
        let names: Vec<String> = self.references.iter().map(|(name, _)| name.clone()).collect();
        let assembly = self
            .assembly()
            .map(|it| format!(", as {it} has them"))
            .unwrap_or_default();
        parts.push(match names.len() {
            0 => "no reference sequence".to_owned(),
            1 => format!("reference {}{assembly}", names[0]),
            count => format!("{count} reference sequences ({}){assembly}", some(&names)),
        });
        match self.read_groups.len() {
            0 => {}
            1 => parts.push(format!("read group {}", self.read_groups[0])),
            _ => parts.push(format!("read groups {}", some(&self.read_groups))),
        }
        parts.join("; ")
    }

    fn assembly(&self) -> Option<&'static str> {
        let (_, length) = self.references.iter().find(|(name, _)| name == "chr1" || name == "1")?;
        ASSEMBLIES
            .into_iter()
            .find_map(|(known, name)| (*length == Some(known)).then_some(name))
    }

    /// Reads an index, and whether it belongs to this header; what is shown of it.
    pub(super) fn index(&self, key: &str, bytes: &[u8]) -> Result<String, String> {
        let wrong = |error: io::Error| format!("it cannot be read: {error}");
        let known = self.references.len();
        if key.ends_with(".bai") {
            let index = bam::bai::io::Reader::new(bytes).read_index().map_err(wrong)?;
            return counted(index.reference_sequences().len(), known);
        }
        if key.ends_with(".crai") {
            let index = cram::crai::io::Reader::new(bytes).read_index().map_err(wrong)?;
            let beyond = index
                .iter()
                .filter_map(|it| it.reference_sequence_id())
                .any(|it| it >= known);
            return if beyond {
                Err("it speaks of reference sequences that the file does not have".to_owned())
            } else {
                Ok(format!("{} slices", index.len()))
            };
        }
        let (names, count) = if key.ends_with(".tbi") {
            let index = tabix::io::Reader::new(bytes).read_index().map_err(wrong)?;
            (
                names(csi::BinningIndex::header(&index)),
                index.reference_sequences().len(),
            )
        } else {
            let index = csi::io::Reader::new(bytes).read_index().map_err(wrong)?;
            (
                names(csi::BinningIndex::header(&index)),
                index.reference_sequences().len(),
            )
        };
        let Some(names) = names else {
            return counted(count, known);
        };
        let strange: Vec<String> = names
            .iter()
            .filter(|name| !self.references.iter().any(|(it, _)| it == *name))
            .cloned()
            .collect();
        // A VCF need not declare its contigs.
        if strange.is_empty() || known == 0 {
            Ok(sequences(count))
        } else {
            Err(format!("it speaks of {}, which the file does not have", some(&strange)))
        }
    }
}

fn names(header: Option<&csi::binning_index::index::Header>) -> Option<Vec<String>> {
    Some(
        header?
            .reference_sequence_names()
            .iter()
            .map(ToString::to_string)
            .collect(),
    )
}

fn counted(count: usize, known: usize) -> Result<String, String> {
    if count == known {
        Ok(format!("{}, as in the file", sequences(count)))
    } else {
        Err(format!(
            "it has {}, the file {known}: it is the index of another file",
            sequences(count)
        ))
    }
}

fn sequences(count: usize) -> String {
    match count {
        1 => "1 reference sequence".to_owned(),
        _ => format!("{count} reference sequences"),
    }
}

fn some(all: &[String]) -> String {
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > SHOWN {
        format!("{shown} …")
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn example(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/../../specs/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn the_example_is_whole() {
        let bytes = example("example.bam");
        let header = Format::Bam.header(&bytes).unwrap();
        assert_eq!(header.shown(), "sample EXAMPLE; reference chrM; read group example");
        assert!(Format::Bam.ends(&bytes));
        let index = header.index("example.bam.bai", &example("example.bam.bai")).unwrap();
        assert_eq!(index, "1 reference sequence, as in the file");
    }

    #[test]
    fn what_is_cut_off_or_another_file_is_told() {
        let bytes = example("example.bam");
        assert!(matches!(Format::Bam.header(&bytes[..40]), Err(Unreadable::Short)));
        assert!(!Format::Bam.ends(&bytes[..bytes.len() - 1]));
        assert!(matches!(
            Format::Bam.header(b"<html>not found, or something else</html>"),
            Err(Unreadable::Wrong(_) | Unreadable::Short)
        ));
        assert!(matches!(Format::Cram.header(&bytes), Err(Unreadable::Wrong(_))));
        let two = Contents {
            references: vec![("chr1".to_owned(), Some(248_956_422)), ("chr2".to_owned(), None)],
            ..Contents::default()
        };
        assert_eq!(
            two.shown(),
            "no sample; 2 reference sequences (chr1, chr2), as GRCh38 has them"
        );
        let error = two.index("x.bam.bai", &example("example.bam.bai")).unwrap_err();
        assert_eq!(
            error,
            "it has 1 reference sequence, the file 2: it is the index of another file"
        );
        assert!(
            two.index("x.bam.bai", b"BAI")
                .unwrap_err()
                .starts_with("it cannot be read")
        );
        assert!(
            two.index("x.bam.csi", b"CSI")
                .unwrap_err()
                .starts_with("it cannot be read")
        );
    }
}

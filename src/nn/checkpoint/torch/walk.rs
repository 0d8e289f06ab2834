//! A walk over the opcodes of a pickle that collects the names in it and executes nothing.

use std::collections::HashMap;
use std::io::{BufRead, ErrorKind, Read};

/// Longer strings are not names.
const LONGEST_NAME: u64 = 256;

/// Error text for a file that ends too soon.
pub(super) const TRUNCATED: &str = "it ends too early: the file is truncated; download or save it again";

/// Calls `named` with the module and name of every global that the pickle names, up to its end (`STOP`).
pub(super) fn names(
    reader: &mut impl BufRead,
    named: &mut dyn FnMut(&str, &str) -> Result<(), String>,
) -> Result<(), String> {
    PickleWalk { reader, last: [None, None], memo: HashMap::new() }.run(named)
}

/// Argument of an opcode.
enum Argument {
    Nothing,
    Bytes(u64),
    Line,
    /// Preceded by its length: a little-endian number of this many bytes.
    Counted(usize),
}

struct PickleWalk<'a, R> {
    reader: &'a mut R,
    /// The last two values on the stack, if they are short strings that were just pushed: the operands of
    /// `STACK_GLOBAL`.
    last: [Option<String>; 2],
    memo: HashMap<u32, Option<String>>,
}

impl<R: BufRead> PickleWalk<'_, R> {
    fn run(&mut self, named: &mut dyn FnMut(&str, &str) -> Result<(), String>) -> Result<(), String> {
        loop {
            let code = self.bytes::<1>()?[0];
            match code {
                b'.' => return Ok(()),
                // GLOBAL and INST.
                b'c' | b'i' => {
                    let (module, name) = (self.line()?, self.line()?);
                    named(&module, &name)?;
                    self.push(None);
                }
                // STACK_GLOBAL.
                0x93 => match std::mem::take(&mut self.last) {
                    [Some(module), Some(name)] => named(&module, &name)?,
                    _ => {
                        return Err(
                            "it computes the name of a global while it is read, which no pickler does".into(),
                        );
                    }
                },
                0x82..=0x84 => {
                    return Err(
                        "it refers to pickle's extension registry (EXT opcodes), which is not supported"
                            .into(),
                    );
                }
                b'X' => self.text(4)?,
                b'U' | 0x8c => self.text(1)?,
                b'T' => self.text(4)?,
                0x8d => self.text(8)?,
                b'V' => {
                    let text = self.line()?;
                    self.push(Some(text));
                }
                // PUT, BINPUT, LONG_BINPUT, MEMOIZE: the stack is unchanged.
                b'p' => {
                    let index = self.line()?;
                    self.remember(number(&index)?);
                }
                b'q' => {
                    let index = self.bytes::<1>()?[0];
                    self.remember(index.into());
                }
                b'r' => {
                    let index = u32::from_le_bytes(self.bytes()?);
                    self.remember(index);
                }
                0x94 => self.remember(self.memo.len() as u32),
                // GET, BINGET, LONG_BINGET.
                b'g' => {
                    let index = self.line()?;
                    self.recall(number(&index)?);
                }
                b'h' => {
                    let index = self.bytes::<1>()?[0];
                    self.recall(index.into());
                }
                b'j' => {
                    let index = u32::from_le_bytes(self.bytes()?);
                    self.recall(index);
                }
                // PROTO and FRAME.
                0x80 => self.skip(1)?,
                0x95 => self.skip(8)?,
                other => {
                    match argument(other).ok_or_else(|| format!("0x{other:02x} is not a pickle opcode"))? {
                        Argument::Nothing => {}
                        Argument::Bytes(count) => self.skip(count)?,
                        Argument::Line => drop(self.line()?),
                        Argument::Counted(width) => {
                            let count = self.count(width)?;
                            self.skip(count)?;
                        }
                    }
                    // Its effect on the stack is not tracked: the values on it no longer count as names just
                    // pushed.
                    self.last = [None, None];
                }
            }
        }
    }

    fn push(&mut self, text: Option<String>) {
        self.last.swap(0, 1);
        self.last[1] = text;
    }

    fn remember(&mut self, index: u32) {
        self.memo.insert(index, self.last[1].clone());
    }

    fn recall(&mut self, index: u32) {
        let text = self.memo.get(&index).cloned().flatten();
        self.push(text);
    }

    fn text(&mut self, width: usize) -> Result<(), String> {
        let count = self.count(width)?;
        if count > LONGEST_NAME {
            self.skip(count)?;
            self.push(None);
            return Ok(());
        }
        let mut bytes = vec![0; count as usize];
        self.reader.read_exact(&mut bytes).map_err(fails)?;
        self.push(String::from_utf8(bytes).ok());
        Ok(())
    }

    fn count(&mut self, width: usize) -> Result<u64, String> {
        let mut bytes = [0; 8];
        self.reader.read_exact(&mut bytes[..width]).map_err(fails)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(fails)?;
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> Result<(), String> {
        let passed =
            std::io::copy(&mut self.reader.by_ref().take(count), &mut std::io::sink()).map_err(fails)?;
        if passed == count { Ok(()) } else { Err(TRUNCATED.into()) }
    }

    fn line(&mut self) -> Result<String, String> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(1 << 16).read_until(b'\n', &mut bytes).map_err(fails)?;
        match bytes.pop() {
            Some(b'\n') => Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned()),
            Some(_) if bytes.len() > 60_000 => Err("one of its lines is too long for a pickle".into()),
            _ => Err(TRUNCATED.into()),
        }
    }
}

fn fails(error: std::io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => TRUNCATED.into(),
        _ => error.to_string(),
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is not an index of the pickle's memo"))
}

/// Argument of the opcodes that name no global and push no tracked string; `None` for a byte that is no
/// opcode (the list is in Python's `pickletools`).
fn argument(code: u8) -> Option<Argument> {
    Some(match code {
        b'I' | b'L' | b'F' | b'S' | b'P' => Argument::Line,
        b'K' => Argument::Bytes(1),
        b'M' => Argument::Bytes(2),
        b'J' => Argument::Bytes(4),
        b'G' => Argument::Bytes(8),
        b'C' | 0x8a => Argument::Counted(1),
        b'B' | 0x8b => Argument::Counted(4),
        0x8e | 0x96 => Argument::Counted(8),
        b'('
        | b'0'
        | b'1'
        | b'2'
        | b'N'
        | b'Q'
        | b'R'
        | b'a'
        | b'b'
        | b'd'
        | b'e'
        | b'l'
        | b'o'
        | b's'
        | b't'
        | b'u'
        | b')'
        | b']'
        | b'}'
        | 0x81
        | 0x85..=0x89
        | 0x8f..=0x92
        | 0x97
        | 0x98 => Argument::Nothing,
        _ => return None,
    })
}

//! Malicious and broken files, each with a name.

use crate::torch_refusals::pickle::*;

/// Module and name of calls that an attack makes, or of objects that a script saved beside weights.
const CALLS: &[(&str, &str)] = &[
    ("os", "system"),
    ("posix", "system"),
    ("nt", "system"),
    ("os", "popen"),
    ("subprocess", "Popen"),
    ("subprocess", "check_output"),
    ("builtins", "eval"),
    ("builtins", "exec"),
    ("builtins", "__import__"),
    ("builtins", "getattr"),
    ("builtins", "open"),
    ("__builtin__", "eval"),
    ("importlib", "import_module"),
    ("runpy", "run_path"),
    ("shutil", "rmtree"),
    ("socket", "create_connection"),
    ("pickle", "loads"),
    ("marshal", "loads"),
    ("ctypes", "CDLL"),
    ("operator", "attrgetter"),
    ("functools", "partial"),
    ("torch", "load"),
    ("torch.hub", "load"),
    ("torch.storage", "_load_from_bytes"),
    ("torch.utils.cpp_extension", "load_inline"),
    ("numpy", "load"),
    ("webbrowser", "open"),
    ("__main__", "Net"),
    ("torch.nn.modules.conv", "os.system"),
];

/// Every file, by what is wrong with it.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (module, name) in CALLS {
        let object = beside(call(module, name, "touch /tmp/owned"));
        files.push((format!("calls {module}.{name}"), Legacy::new(object).bytes()));
    }
    let mut add = |name: &str, bytes: Vec<u8>| files.push((name.to_owned(), bytes));
    hidden(&mut add);
    pickles(&mut add);
    tensors(&mut add);
    legacy(&mut add);
    zips(&mut add);
    others(&mut add);
    files
}

type Add<'a> = &'a mut dyn FnMut(&str, Vec<u8>);

/// Calls where one may not look.
fn hidden(add: Add<'_>) {
    let system = || call("posix", "system", "id");
    let good = || dict(&[("weight", four())]);
    let object = |value: Vec<u8>| Legacy::new(pickle(&value)).bytes();
    add("a call whose result is thrown away", object(join(&[&system(), b"0", &good()])));
    add("a call as a key", object(join(&[b"}(", &system(), &four(), b"u"])));
    let nested = join(&[&global("collections", "OrderedDict"), b"(](", &system(), b"etR"]);
    add("a call in a known call's arguments", Legacy::new(beside(nested)).bytes());
    let known = join(&[&global("argparse", "Namespace"), b")R}(", &text("x"), &system(), b"ub"]);
    add("a call in an object's state", Legacy::new(beside(known)).bytes());
    add("a call by INST", Legacy::new(beside(join(&[b"(", &text("id"), b"iposix\nsystem\n"]))).bytes());
    let obj = join(&[b"(", &global("posix", "system"), &text("id"), b"o"]);
    add("a call by OBJ", Legacy::new(beside(obj)).bytes());
    let new = join(&[&global("subprocess", "Popen"), b"(", &text("id"), &[b't', 0x81]]);
    add("a call by NEWOBJ", Legacy::new(beside(new)).bytes());
    let new = join(&[&global("subprocess", "Popen"), b"(", &text("id"), &[b't', b'}', 0x92]]);
    add("a call by NEWOBJ_EX", Legacy::new(beside(new)).bytes());
    let stack =
        |parts: &[&[u8]]| Legacy::new(beside(join(&[&join(parts), &[0x93], b"(", &text("id"), b"tR"])));
    add("a call by STACK_GLOBAL", stack(&[&text("posix"), &text("system")]).bytes());
    let memo = stack(&[&text("posix"), b"q\x00", b"0", &text("system"), b"q\x01", b"0", b"h\x00", b"h\x01"]);
    add("a call by STACK_GLOBAL out of the memo", memo.bytes());
    let mixed = stack(&[&text("posix"), &text("x"), b"0", &text("system")]);
    add("a name put together on the stack", mixed.bytes());
    add("an extension by number", Legacy::new(beside(b"\x82\x01)R".to_vec())).bytes());
    for (name, part) in [("magic number", 0), ("system's description", 2), ("list of keys", 4)] {
        let mut file = Legacy::new(pickle(&good()));
        let place = match part {
            0 => &mut file.magic,
            2 => &mut file.system,
            _ => &mut file.keys,
        };
        let old = std::mem::take(place);
        *place = join(&[&old[..2], &system(), b"0", &old[2..]]);
        add(&format!("a call in the {name}"), file.bytes());
    }
    add("a call in a zip", zipped(&beside(system())));
    let second = zip(
        &[("a/data.pkl", &pickle(&good())), ("a/data/0", &[0; 16]), ("a/deep/data.pkl", &pickle(&system()))],
        false,
    );
    add("a call in a second pickle of a zip", second);
}

/// Pickles that are none.
fn pickles(add: Add<'_>) {
    let file = |value: &[u8]| Legacy::new(pickle(value)).bytes();
    add("an unknown opcode", file(b"\xff"));
    add("an empty stack", file(b""));
    add("a pop of nothing", file(b"0"));
    add("a mark that is missing", file(b"u"));
    add("a memo that was never filled", file(b"h\x07"));
    add("a protocol of the future", Legacy::new(b"\x80\x09N.".to_vec()).bytes());
    add("a dictionary of three items", file(&join(&[b"}(", &text("a"), b"N", &text("b"), b"u"])));
    add("a list used as a dictionary", file(&join(&[b"](", &text("a"), b"Nu"])));
    add("a text of four exabytes", file(&join(&[&[0x8d], &(1u64 << 62).to_le_bytes()])));
    add("bytes of four gigabytes", file(&join(&[b"B", &u32::MAX.to_le_bytes(), b"abc"])));
    add("a number of two gigabytes", file(&join(&[&[0x8b], &i32::MAX.to_le_bytes()])));
    add("a text that is no UTF-8", file(b"X\x02\x00\x00\x00\xff\xfe"));
    add("a line without an end", file(b"cos"));
    add("an index that is no number", file(b"gseven\n"));
    add("a float that is none", file(b"Fone\n"));
    // Each list holds the one before twice.
    let mut bomb = b"]q\x00".to_vec();
    for level in 0..40u8 {
        bomb.extend([b']', b'(', b'h', level, b'h', level, b'e', b'q', level + 1]);
    }
    add("a memo bomb", file(&bomb));
    let long = text(&"x".repeat(1 << 16));
    let mut copies = join(&[&long, b"q\x00(" as &[u8]]);
    copies.extend(b"h\x00".repeat(2000));
    add("one text two thousand times", file(&join(&[&copies, b"t"])));
    add("lists a hundred thousand deep", file(&join(&[&b"]".repeat(100_000), &b"a".repeat(99_999)])));
    add("tuples a hundred thousand deep", file(&join(&[b"N", &b"\x85".repeat(100_000)])));
    let mut deep = b"}".repeat(3000);
    deep = join(&[
        &deep.iter().flat_map(|_| join(&[b"}", &text("a")])).collect::<Vec<_>>(),
        b"N",
        &b"s".repeat(2999),
    ]);
    add("dictionaries three thousand deep", file(&deep));
}

/// Tensors that claim what is not there.
fn tensors(add: Add<'_>) {
    let state = |tensor: Vec<u8>| Legacy::new(pickle(&dict(&[("weight", four()), ("bias", tensor)]))).bytes();
    let float = |count| storage("FloatStorage", "0", count);
    add("a tensor of 10^18 elements", state(tensor(&float(4), 0, &[1_000_000_000_000_000_000], &[1])));
    add("a storage of 10^18 elements", state(tensor(&storage("FloatStorage", "1", 1 << 60), 0, &[4], &[1])));
    add(
        "a storage of more bytes than there are numbers",
        state(tensor(&storage("FloatStorage", "1", i64::MAX), 0, &[4], &[1])),
    );
    add("a shape whose product overflows", state(tensor(&float(4), 0, &[1 << 40, 1 << 40], &[1, 1])));
    add("a stride that overflows", state(tensor(&float(4), 0, &[4], &[i64::MAX])));
    add("a negative size", state(tensor(&float(4), 0, &[-4], &[1])));
    add("a negative stride", state(tensor(&float(4), 3, &[4], &[-1])));
    add("a negative offset", state(tensor(&float(4), -1, &[4], &[1])));
    add("an offset behind the end", state(tensor(&float(4), 1, &[4], &[1])));
    add("a negative storage", state(tensor(&storage("FloatStorage", "1", -4), 0, &[4], &[1])));
    add("as many strides as it has not sizes", state(tensor(&float(4), 0, &[2, 2], &[1])));
    add("a view of a gigabyte of one element", state(tensor(&float(4), 0, &[1 << 28], &[0])));
    add("a view of a terabyte of one element", state(tensor(&float(4), 0, &[1 << 38], &[0])));
    let views: Vec<(String, Vec<u8>)> =
        (0..4000).map(|index| (format!("w{index}"), tensor(&float(4), 0, &[1000], &[0]))).collect();
    let views: Vec<(&str, Vec<u8>)> =
        views.iter().map(|(name, tensor)| (name.as_str(), tensor.clone())).collect();
    add("thousands of views of one storage", Legacy::new(pickle(&dict(&views))).bytes());
    add("a storage declared in two sizes", state(tensor(&float(5), 0, &[4], &[1])));
    add("a storage of another key", state(tensor(&storage("FloatStorage", "7", 4), 0, &[4], &[1])));
    add(
        "whole numbers as weights",
        Legacy::new(pickle(&dict(&[("weight", tensor(&storage("IntStorage", "0", 4), 0, &[4], &[1]))])))
            .bytes(),
    );
    add("complex numbers", state(tensor(&storage("ComplexFloatStorage", "0", 4), 0, &[4], &[1])));
    add("a quantised storage", state(tensor(&storage("QInt8Storage", "0", 4), 0, &[4], &[1])));
    let sparse = join(&[&global("torch._utils", "_rebuild_sparse_tensor"), b"(", &four(), b"tR"]);
    add("a sparse tensor", state(sparse));
    add("a tensor without a storage", state(tensor(b"N", 0, &[4], &[1])));
    let few = join(&[&global("torch._utils", "_rebuild_tensor_v2"), b"(", &float(4), b"tR"]);
    add("a tensor of one argument", state(few));
    add("a persistent id that is no tuple", state(join(&[&text("storage"), b"Q"])));
    add(
        "a persistent id of a module",
        state(join(&[b"(", &text("module"), b"N", &text("0"), &text("cpu"), &int(4), b"tQ"])),
    );
    let twice = dict(&[("a.b", four()), ("a", dict(&[("b", four())]))]);
    add("two tensors of one name", Legacy::new(pickle(&twice)).bytes());
    add("no tensor", Legacy::new(pickle(&dict(&[("epoch", int(3))]))).bytes());
    add("a list instead of a state", Legacy::new(pickle(&join(&[b"](", &four(), b"e"]))).bytes());
    add("a tensor instead of a state", Legacy::new(pickle(&four())).bytes());
    add("a number instead of a state", Legacy::new(pickle(&int(7))).bytes());
}

/// The frame of the legacy format.
fn legacy(add: Add<'_>) {
    let good = || Legacy::new(pickle(&dict(&[("weight", four())])));
    let with = |change: &dyn Fn(&mut Legacy)| {
        let mut file = good();
        change(&mut file);
        file.bytes()
    };
    let whole = good().bytes();
    for part in 1..12 {
        add(&format!("cut at {part} twelfths"), whole[..whole.len() * part / 12].to_vec());
    }
    add("cut by a byte", whole[..whole.len() - 1].to_vec());
    add("another magic number", with(&|file| file.magic = pickle(&int(42))));
    add("another protocol", with(&|file| file.protocol = pickle(&int(1002))));
    add("no description of the system", with(&|file| file.system = pickle(b"N")));
    let big = pickle(&dict(&[("little_endian", vec![0x89])]));
    add("big-endian", with(&|file| file.system = big.clone()));
    add("a list of keys that is none", with(&|file| file.keys = pickle(b"N")));
    add("a list without the key", with(&|file| file.keys = pickle(b"]")));
    add(
        "a key of no tensor",
        with(&|file| file.keys = pickle(&join(&[b"](", &text("0"), &text("1"), b"e"]))),
    );
    add("another number of elements", with(&|file| file.data[0] = 5));
    add("no elements", with(&|file| file.data.truncate(8)));
}

/// The zip format.
fn zips(add: Add<'_>) {
    let object = pickle(&dict(&[("weight", four())]));
    let floats = [0u8; 16];
    let whole = zipped(&object);
    for part in 1..8 {
        add(&format!("a zip cut at {part} eighths"), whole[..whole.len() * part / 8].to_vec());
    }
    add("a zip without a pickle", zip(&[("archive/data/0", &floats)], false));
    add("a zip without the storage", zip(&[("archive/data.pkl", &object)], false));
    add("a zip with half the storage", zip(&[("a/data.pkl", &object), ("a/data/0", &floats[..8])], false));
    add(
        "a big-endian zip",
        zip(&[("a/data.pkl", &object), ("a/byteorder", b"big"), ("a/data/0", &floats)], false),
    );
    add(
        "an unknown byte order",
        zip(&[("a/data.pkl", &object), ("a/byteorder", b"pdp"), ("a/data/0", &floats)], false),
    );
    let outside = zip(&[("a/data.pkl", &object), ("a/../../.bashrc", b"id"), ("a/data/0", &floats)], false);
    add("a zip with a path out of it", outside);
    // Same length, in both of the places where a zip has it.
    let renamed = |from: &str, to: &str| {
        let mut bytes = whole.clone();
        for at in 0..bytes.len() - from.len() {
            if bytes[at..].starts_with(from.as_bytes()) {
                bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
            }
        }
        bytes
    };
    add("a zip with an absolute path", renamed("archive/version", "/etc/crontab.d/"));
    let mut twins = zip(&[("a/data.pkl", &object), ("a/data/0", &floats), ("a/data/1", &floats)], false);
    for at in 0..twins.len() - 8 {
        if &twins[at..at + 8] == b"a/data/1" {
            twins[at + 7] = b'0';
        }
    }
    add("a zip with a storage twice", twins);
    let mut flipped = whole.clone();
    let at =
        flipped.windows(8).position(|bytes| bytes == [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]).expect("the floats");
    flipped[at] ^= 1;
    add("a zip with a bit flipped in a storage", flipped);
    let nothings = join(&[&b"N0".repeat(53_000_000), b"."]);
    add("a zip bomb for a pickle", zip(&[("a/data.pkl", &nothings), ("a/data/0", &floats)], true));
    let storage =
        pickle(&dict(&[("weight", tensor(&storage("FloatStorage", "0", 1 << 24), 0, &[1 << 24], &[1]))]));
    add("a zip bomb for a storage", zip(&[("a/data.pkl", &storage), ("a/data/0", &vec![0; 1 << 26])], true));
}

/// Files that are not checkpoints.
fn others(add: Add<'_>) {
    add("an empty file", Vec::new());
    add("a web page", b"<!DOCTYPE html><html><body>404</body></html>".to_vec());
    add(
        "a Git LFS pointer",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n".to_vec(),
    );
    add("a text", b"weights = [1, 2, 3]".to_vec());
    add("zeros", vec![0; 4096]);
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    add("a tar file", tar);
    add("half a safetensors file", join(&[&500u64.to_le_bytes(), b"{\"weight\":{\"dtype\""]));
    add("a pickle without storages", pickle(&dict(&[("weight", four())])));
}

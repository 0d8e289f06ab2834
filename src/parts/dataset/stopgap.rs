#![allow(missing_docs)]
use super::*;
use rayon::prelude::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputSpec {
    #[serde(deserialize_with = "side")]
    pub size: [usize; 2],
    pub normalise: Normalise,
}
fn side<'de, D: serde::Deserializer<'de>>(d: D) -> Result<[usize; 2], D::Error> {
    let s = usize::deserialize(d)?;
    Ok([s, s])
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Normalise {
    Name(String),
    Explicit {
        mean: [f32; 3],
        std: [f32; 3],
        scale: f32,
        #[serde(rename = "channel-order")]
        channel_order: String,
    },
}
impl InputSpec {
    pub fn check(&self) -> Result<(), DatasetError> {
        Ok(())
    }
}
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Augment {
    pub flip: bool,
    pub crop_padding: usize,
}
#[derive(Debug, Clone)]
pub struct Augmentation {
    pub options: Augment,
    pub seed: u64,
    pub epoch: usize,
}
pub struct Preprocessor<'a>(&'a InputSpec);
impl<'a> Preprocessor<'a> {
    pub fn new(i: &'a InputSpec) -> Self {
        Self(i)
    }
    pub fn planes(&self, p: &Rgb) -> Result<Vec<f32>, ImageError> {
        let [h, w] = self.0.size;
        let p = resize_photo(p, h, w)?;
        let (mean, std, scale) = match &self.0.normalise {
            Normalise::Name(_) => ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 1.0),
            Normalise::Explicit { mean, std, scale, .. } => (*mean, *std, *scale),
        };
        let mut out = vec![0.0; 3 * h * w];
        for i in 0..h * w {
            for c in 0..3 {
                out[c * h * w + i] = (p.data[i * 3 + c] as f32 / 255.0 * scale - mean[c]) / std[c];
            }
        }
        Ok(out)
    }
}
pub fn resize_photo(p: &Rgb, h: usize, w: usize) -> Result<Rgb, ImageError> {
    if (p.height, p.width) == (h, w) {
        return Ok(p.clone());
    }
    use fast_image_resize as fr;
    let src =
        fr::images::Image::from_vec_u8(p.width as u32, p.height as u32, p.data.clone(), fr::PixelType::U8x3)
            .unwrap();
    let mut dst = fr::images::Image::new(w as u32, h as u32, fr::PixelType::U8x3);
    fr::Resizer::new()
        .resize(
            &src,
            &mut dst,
            &fr::ResizeOptions::new().resize_alg(fr::ResizeAlg::Convolution(fr::FilterType::Bilinear)),
        )
        .unwrap();
    Ok(Rgb { height: h, width: w, data: dst.into_vec() })
}
pub struct Loaded {
    pub indices: Vec<usize>,
    pub pixels: Vec<f32>,
    pub skipped: Vec<(usize, ImageError)>,
}
pub struct Batches<'a> {
    set: &'a dyn Dataset,
    indices: std::collections::VecDeque<usize>,
    input: InputSpec,
    batch: usize,
    on_bad: OnBadImage,
    aug: Option<Augmentation>,
}
impl<'a> Batches<'a> {
    pub fn new(set: &'a dyn Dataset, indices: Vec<usize>, input: &InputSpec, batch: usize) -> Self {
        Self {
            set,
            indices: indices.into(),
            input: input.clone(),
            batch,
            on_bad: OnBadImage::Error,
            aug: None,
        }
    }
    pub fn on_bad_image(mut self, o: OnBadImage) -> Self {
        self.on_bad = o;
        self
    }
    pub fn augment(mut self, a: Augmentation) -> Self {
        self.aug = Some(a);
        self
    }
}
impl Iterator for Batches<'_> {
    type Item = Result<Loaded, ImageError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.indices.is_empty() {
            return None;
        }
        let n = self.batch.min(self.indices.len());
        let idx: Vec<usize> = self.indices.drain(..n).collect();
        let [h, w] = self.input.size;
        let v: Result<Vec<Vec<f32>>, ImageError> = idx
            .par_iter()
            .map(|i| {
                let p = self.set.photo_as(*i, self.on_bad)?;
                let mut x = Preprocessor::new(&self.input).planes(&p)?;
                if let Some(a) = &self.aug {
                    use rand::RngExt;
                    let mut r = crate::random::stream(a.seed, &format!("{}/{}", a.epoch, i));
                    if a.options.flip && r.random::<bool>() {
                        x.chunks_exact_mut(w).for_each(|r| r.reverse());
                    }
                    let p = a.options.crop_padding as i64;
                    if p > 0 {
                        let dy = r.random_range(-p..=p);
                        let dx = r.random_range(-p..=p);
                        let mut y = vec![0.0; x.len()];
                        for c in 0..3 {
                            for yy in 0..h as i64 {
                                for xx in 0..w as i64 {
                                    let (sy, sx) = (yy + dy, xx + dx);
                                    if sy >= 0 && sy < h as i64 && sx >= 0 && sx < w as i64 {
                                        y[c * h * w + yy as usize * w + xx as usize] =
                                            x[c * h * w + sy as usize * w + sx as usize];
                                    }
                                }
                            }
                        }
                        x = y;
                    }
                }
                Ok(x)
            })
            .collect();
        Some(v.map(|v| Loaded { indices: idx, pixels: v.concat(), skipped: vec![] }))
    }
}

//! Matrix views and their product: the one safe door to the `gemm` crate.

use std::marker::PhantomData;

use super::KernelError;

/// A read-only matrix in a buffer, with any strides.
#[derive(Clone, Copy)]
pub struct Mat<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    strides: [usize; 2],
}

impl<'a> Mat<'a> {
    /// `rows` x `cols` elements at the start of `data`, rows `row_stride` elements apart.
    ///
    /// # Errors
    /// A view that reaches outside `data`.
    pub fn new(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Result<Self, KernelError> {
        let row_stride = checked_stride(data.len(), rows, cols, row_stride)?;
        Ok(Self { data, rows, cols, strides: [row_stride, 1] })
    }

    /// The transpose, without moving an element.
    pub fn transposed(self) -> Self {
        let [row, col] = self.strides;
        Self { rows: self.cols, cols: self.rows, strides: [col, row], ..self }
    }
}

/// A row-major matrix to write, held by pointer so that it can be split by columns.
pub struct MatMut<'a> {
    data: *mut f32,
    rows: usize,
    cols: usize,
    row_stride: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

#[expect(unsafe_code, reason = "a view is sent to the thread that computes its columns")]
// SAFETY: a `MatMut` is the only way to its elements for as long as it lives (`new` borrows the buffer
// mutably, `split_columns` consumes the view and hands out disjoint parts), as `&mut [f32]`, which is `Send`.
unsafe impl Send for MatMut<'_> {}

impl<'a> MatMut<'a> {
    /// `rows` x `cols` elements at the start of `data`, rows `row_stride >= cols` elements apart.
    ///
    /// # Errors
    /// A view that reaches outside `data`, or rows that overlap.
    pub fn new(
        data: &'a mut [f32],
        rows: usize,
        cols: usize,
        row_stride: usize,
    ) -> Result<Self, KernelError> {
        let row_stride = checked_stride(data.len(), rows, cols, row_stride)?;
        if row_stride < cols {
            let len = data.len();
            return Err(KernelError::MatrixBounds { rows, cols, row_stride, len });
        }
        Ok(Self { data: data.as_mut_ptr(), rows, cols, row_stride, lifetime: PhantomData })
    }

    /// Parts of `width` columns (the last may be narrower), in order.
    pub fn split_columns(self, width: usize) -> Vec<Self> {
        let width = width.max(1);
        (0..self.cols)
            .step_by(width)
            .map(|start| Self {
                // Within the first row, so still inside the buffer (or nowhere, when there are no rows).
                data: self.data.wrapping_add(start),
                cols: width.min(self.cols - start),
                lifetime: PhantomData,
                ..self
            })
            .collect()
    }
}

/// `out = left * right`, or `out += left * right` when `accumulate`; on the calling thread.
///
/// # Errors
/// Shapes whose product is not defined.
pub fn matmul(
    out: &mut MatMut<'_>,
    left: Mat<'_>,
    right: Mat<'_>,
    accumulate: bool,
) -> Result<(), KernelError> {
    if left.cols != right.rows || out.rows != left.rows || out.cols != right.cols {
        return Err(KernelError::MatrixShapes {
            left: [left.rows, left.cols],
            right: [right.rows, right.cols],
            out: [out.rows, out.cols],
        });
    }
    // Strides are at most the length of a slice (`checked_stride`), which is below `isize::MAX`.
    let [left_row, left_col] = left.strides.map(|stride| stride as isize);
    let [right_row, right_col] = right.strides.map(|stride| stride as isize);
    #[expect(unsafe_code, reason = "the matrix product of the gemm crate takes pointers")]
    // SAFETY: the constructors checked that every element (i, j) of the three views lies inside its buffer,
    // and the products' shapes were compared above, so gemm touches no other element. The two inputs are
    // shared borrows of initialised `f32`; `out` is reached by nobody else for as long as it is borrowed here
    // (see `MatMut`), hence does not overlap them, and its distinct elements have distinct addresses
    // (`row_stride >= cols`).
    unsafe {
        gemm::gemm(
            out.rows,
            out.cols,
            left.cols,
            out.data,
            1,
            out.row_stride as isize,
            accumulate,
            left.data.as_ptr(),
            left_col,
            left_row,
            right.data.as_ptr(),
            right_col,
            right_row,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
    Ok(())
}

/// The distance between rows, once the view is known to lie inside its buffer.
///
/// A single row has no such distance; it gets `cols`, so that every stride is at most the buffer's length.
fn checked_stride(len: usize, rows: usize, cols: usize, row_stride: usize) -> Result<usize, KernelError> {
    let row_stride = if rows > 1 { row_stride } else { cols };
    let end = rows.checked_sub(1).and_then(|last| last.checked_mul(row_stride)?.checked_add(cols));
    if end.unwrap_or(if rows == 0 { 0 } else { usize::MAX }) <= len {
        Ok(row_stride)
    } else {
        Err(KernelError::MatrixBounds { rows, cols, row_stride, len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_of_a_transposed_view_into_columns() {
        let left = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 3x2, read as its 2x3 transpose
        let right = [1.0, 0.0, 2.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0]; // 3x3
        let mut out = [10.0f32; 8]; // 2x3 in rows of 4
        let view = MatMut::new(&mut out, 2, 3, 4).unwrap();
        for (index, mut part) in view.split_columns(2).into_iter().enumerate() {
            let cols = part.cols;
            let right = Mat::new(&right[2 * index..], 3, cols, 3).unwrap();
            matmul(&mut part, Mat::new(&left, 3, 2, 2).unwrap().transposed(), right, false).unwrap();
        }
        assert_eq!(out, [6.0, 8.0, 5.0, 10.0, 8.0, 10.0, 8.0, 10.0]);
    }

    #[test]
    fn views_outside_their_buffer_are_refused() {
        assert!(Mat::new(&[0.0; 5], 2, 3, 3).is_err());
        assert!(Mat::new(&[0.0; 5], 2, 2, usize::MAX).is_err());
        assert!(MatMut::new(&mut [0.0; 5], 2, 3, 2).is_err());
        let (left, right) = ([0.0; 6], [0.0; 6]);
        let mut out = [0.0; 4];
        let mut view = MatMut::new(&mut out, 2, 2, 2).unwrap();
        let (left, right) = (Mat::new(&left, 2, 3, 3).unwrap(), Mat::new(&right, 2, 3, 3).unwrap());
        assert!(matmul(&mut view, left, right, false).is_err());
    }
}

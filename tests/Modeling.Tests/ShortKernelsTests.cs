using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>Products with activations of 16 bits, by machine code of our own, against plain sums.</summary>
public sealed unsafe class ShortKernelsTests
{
    // No multiple of four, so that every tile has a rest.
    private const int Outputs = 11;

    public static TheoryData<WeightKind, int> Shapes => new()
    {
        { WeightKind.Bf16, 32 }, { WeightKind.Bf16, 768 }, { WeightKind.Bf16, 3072 },
        { WeightKind.Int8, 32 }, { WeightKind.Int8, 768 }, { WeightKind.Int8, 3072 },
    };

    /// <summary>Every number of rows: every tile and every kind of rest.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Multiply_OneToSixteenRows_GivesThePlainSums(WeightKind kind, int width)
    {
        using var scope = NewDisposeScope();
        var (weights, x) = Inputs(kind, width, rows: 16);
        using var matrix = new Matrix(weights, kind);
        var exact = x.to(ScalarType.Float64).matmul(weights.to(ScalarType.Float64).t()); // (16, outputs)
        // What rounding to 16 bits may do to a sum: half a step each for weights and activations, all the same way.
        var sizes = x.abs().to(ScalarType.Float64).matmul(weights.abs().to(ScalarType.Float64).t());
        for (var rows = 1; rows <= 16; rows++)
        {
            var y = Multiply(matrix.Packed, x, rows);
            var plain = Plain(matrix.Packed, kind, x); // (16, outputs)
            for (var row = 0; row < rows; row++)
            {
                for (var o = 0; o < Outputs; o++)
                {
                    var size = sizes[row, o].item<double>();
                    Assert.Equal(plain[row, o], y[row, o], 1e-6 * size);
                    var tolerance = (kind == WeightKind.Bf16 ? 0.004 : 0.02) * size;
                    Assert.Equal(exact[row, o].item<double>(), y[row, o], tolerance);
                }
            }
        }
    }

    /// <summary>Nobody's scores may depend on who else is served.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Multiply_RowInCompany_IsTheSameToTheBit(WeightKind kind, int width)
    {
        using var scope = NewDisposeScope();
        var (weights, x) = Inputs(kind, width, rows: 16);
        using var matrix = new Matrix(weights, kind);
        for (var rows = 2; rows <= 16; rows++)
        {
            var together = Multiply(matrix.Packed, x, rows);
            for (var row = 0; row < rows; row++)
            {
                var alone = Multiply(matrix.Packed, x[row..(row + 1)], 1);
                for (var o = 0; o < Outputs; o++)
                    Assert.Equal(alone[0, o], together[row, o]);
            }
        }
    }

    /// <summary>Sums in 32 bits at their largest: all products positive and as large as they can be.</summary>
    [Theory]
    [InlineData(3072)]
    [InlineData(8256)]
    [InlineData(16384)]
    public void Multiply_LargestIntegers_DoNotOverflow(int width)
    {
        using var scope = NewDisposeScope();
        using var matrix = new Matrix(ones(Outputs, width), WeightKind.Int8);

        var y = Multiply(matrix.Packed, ones(1, width), 1);

        for (var o = 0; o < Outputs; o++)
            Assert.Equal(width, y[0, o], width * 1e-5);
    }

    /// <summary>
    /// A model whose weights are damaged must be noticed, so its scores may not become numbers again.
    /// </summary>
    [Theory]
    [InlineData(WeightKind.Bf16, float.NaN)]
    [InlineData(WeightKind.Bf16, float.PositiveInfinity)]
    [InlineData(WeightKind.Int8, float.NaN)]
    [InlineData(WeightKind.Int8, float.PositiveInfinity)]
    public void Multiply_NoNumbers_StayNone(WeightKind kind, float value)
    {
        using var scope = NewDisposeScope();
        var (weights, x) = Inputs(kind, 64, rows: 2);
        using var matrix = new Matrix(weights, kind);
        x[0, 5] = value;

        var y = Multiply(matrix.Packed, x, 2);

        for (var o = 0; o < Outputs; o++)
        {
            Assert.False(float.IsFinite(y[0, o]));
            Assert.True(float.IsFinite(y[1, o]));
        }
    }

    [Theory]
    [InlineData(WeightKind.Bf16)]
    [InlineData(WeightKind.Int8)]
    public void Multiply_Zeros_AreZeros(WeightKind kind)
    {
        using var scope = NewDisposeScope();
        var (weights, _) = Inputs(kind, 64, rows: 1);
        using var matrix = new Matrix(weights, kind);

        var y = Multiply(matrix.Packed, zeros(1, 64), 1);

        for (var o = 0; o < Outputs; o++)
            Assert.Equal(0, y[0, o]);
    }

    private static (Tensor Weights, Tensor X) Inputs(WeightKind kind, int width, int rows)
    {
        Assert.SkipUnless(ShortKernels.IsSupported(kind, width), "Needs a processor with AVX512-BF16 and AVX512-VNNI.");
        using var generator = new Generator(11);
        var weights = empty(Outputs, width).normal_(0, 1, generator); // (outputs, width)
        var x = empty(rows, width).normal_(0, 1, generator); // (rows, width)
        return (kind == WeightKind.Bf16 ? weights.to(ScalarType.BFloat16) : weights, x);
    }

    // Packs and multiplies as a pass does: tile after tile.
    private static float[,] Multiply(PackedMatrix matrix, Tensor x, int rows)
    {
        var width = matrix.Width;
        var values = x.contiguous().data<float>().ToArray();
        var y = new float[rows, Outputs];
        using var packed = new FloatBuffer((rows + DotKernels.MaxTile) * width);
        using var scales = new FloatBuffer(rows + DotKernels.MaxTile);
        fixed (float* from = values)
        fixed (float* to = y)
        {
            for (int row = 0, tile; row < rows; row += tile)
            {
                tile = ShortKernels.Tile(rows - row);
                var real = Math.Min(tile, rows - row);
                for (var m = 0; m < real; m++)
                {
                    ShortKernels.PackRow(
                        matrix.Kind, from + ((row + m) * width), 0, width, tile, m, (byte*)packed.Start,
                        scales.Start + row + m);
                }

                // In two parts, as two threads share the outputs; with and without reading ahead.
                ShortKernels.Multiply(
                    matrix, (byte*)packed.Start, scales.Start + row, tile, real, to + (row * Outputs), Outputs, 0, 7,
                    default);
                ShortKernels.Multiply(
                    matrix, (byte*)packed.Start, scales.Start + row, tile, real, to + (row * Outputs), Outputs, 7,
                    Outputs, new ReadAhead(24, tile >= rows ? 2 : 1, IsSecond: row > 0));
            }
        }

        return y;
    }

    // The same rounding, then sums in fp64.
    private static double[,] Plain(PackedMatrix matrix, WeightKind kind, Tensor x)
    {
        var (rows, width) = ((int)x.shape[0], matrix.Width);
        var y = new double[rows, Outputs];
        var rounded = x.to(ScalarType.BFloat16).to(ScalarType.Float32).contiguous().data<float>().ToArray();
        var values = x.contiguous().data<float>().ToArray();
        for (var row = 0; row < rows; row++)
        {
            var step = values.AsSpan(row * width, width).ToArray().Max(MathF.Abs) / short.MaxValue;
            for (var o = 0; o < Outputs; o++)
            {
                for (var k = 0; k < width; k++)
                {
                    var at = ((nint)o * width) + k;
                    y[row, o] += kind == WeightKind.Bf16
                        ? (double)rounded[(row * width) + k]
                            * BitConverter.UInt32BitsToSingle((uint)((ushort*)matrix.Weights)[at] << 16)
                        : (double)MathF.Round(values[(row * width) + k] * (1 / step)) * step
                            * ((sbyte*)matrix.Weights)[at] * matrix.Scales[o];
                }
            }
        }

        return y;
    }

    private sealed class Matrix : IDisposable
    {
        private readonly HugePageMemory _memory;

        public Matrix(Tensor weights, WeightKind kind)
        {
            _memory = new HugePageMemory(kind == WeightKind.Int8 ? PackedMatrix.Int8Bytes(weights, Outputs) : 0);
            Packed = new PackedMatrix(weights, null, Outputs, kind, _memory, shortActivations: true);
        }

        public PackedMatrix Packed { get; }

        public void Dispose()
        {
            Packed.Dispose();
            _memory.Dispose();
        }
    }
}

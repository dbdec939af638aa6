using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>The products in machine code against libtorch's in double precision.</summary>
public sealed class MatrixProductTests
{
    // Rows, columns, summands: whole tiles; parts of tiles, of groups of lines and of steps; more rows and more
    // summands than one block has.
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 64, 96, 64 },
        { 37, 131, 97 },
        { 1, 1, 1 },
        { 8, 17, 2 },
        { 1061, 50, 33 },
        { 23, 49, 6200 },
        { 1030, 48, 3100 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Multiply_Fp32_EqualsLibtorch(int rows, int columns, int depth) =>
        Check<Float32Element>(rows, columns, depth);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Multiply_Bf16_EqualsLibtorch(int rows, int columns, int depth) =>
        Check<BFloat16Element>(rows, columns, depth);

    [Fact]
    public void Multiply_OtherNumberOfThreads_SameBits()
    {
        Assert.SkipUnless(ProductKernel.IsSupported(ScalarType.Float32), "The CPU has no 512-bit vectors.");
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        using var random = new Generator(4);
        var (left, right) = (randn(301, 203, generator: random), randn(97, 203, generator: random));
        var threads = ComputeDevice.Threads;
        try
        {
            var results = new[] { 1, 2, 5 }.Select(count =>
            {
                ComputeDevice.SetThreads(count);
                using var product = new MatrixProduct<Float32Element>();
                var result = empty(301, 97);
                product.Multiply(Factor(left, true), Factor(right, true), 203, Result(result, false));
                return Values(result);
            }).ToList();
            Assert.Equal(results[0], results[1]);
            Assert.Equal(results[0], results[2]);
        }
        finally
        {
            ComputeDevice.SetThreads(threads);
        }
    }

    [Fact]
    public void Multiply_InfinityAndNaN_StayInTheirRows()
    {
        Assert.SkipUnless(ProductKernel.IsSupported(ScalarType.BFloat16), "The CPU has no bf16 instructions.");
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        var left = ones(20, 40).to(ScalarType.BFloat16);
        left[3, 39] = float.NaN;
        left[7, 0] = float.PositiveInfinity;
        var right = ones(20, 40).to(ScalarType.BFloat16);
        var result = empty(20, 20);
        using var product = new MatrixProduct<BFloat16Element>();
        product.Multiply(Factor(left, true), Factor(right, true), 40, Result(result, false));
        Assert.All(Values(result[3]), value => Assert.True(float.IsNaN(value)));
        Assert.All(Values(result[7]), value => Assert.True(float.IsPositiveInfinity(value)));
        Assert.All(Values(result[8]), value => Assert.Equal(40, value));
    }

    [Fact]
    public void Supports_SmallOrBadlyFitting_False()
    {
        Assert.False(MatrixProduct<Float32Element>.Supports(8, 48, 16, intoFloat: true)); // sooner done than begun
        // An adapter's rank: a sixth of a tile.
        Assert.False(MatrixProduct<Float32Element>.Supports(65536, 8, 768, intoFloat: true));
        // Sums of several blocks have no place in bf16.
        Assert.False(MatrixProduct<BFloat16Element>.Supports(1024, 768, 50304, intoFloat: false));
    }

    private static void Check<T>(int rows, int columns, int depth)
        where T : struct, IElement
    {
        Assert.SkipUnless(ProductKernel.IsSupported(T.Type), "The CPU has no such instructions.");
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        using var random = new Generator(3);
        using var product = new MatrixProduct<T>();
        var left = randn(rows, depth, generator: random).to(T.Type); // (M, K)
        var right = randn(columns, depth, generator: random).to(T.Type); // (N, K)
        var (leftTurned, rightTurned) = (left.t().contiguous(), right.t().contiguous()); // (K, M), (K, N)
        var expected = left.to(ScalarType.Float64).matmul(right.to(ScalarType.Float64).t()); // (M, N)
        var exact = Doubles(expected);
        // A summand's rounding error grows with the square root of their number.
        var tolerance = 3e-7 * Math.Sqrt(depth) * 4;
        foreach (var (a, b) in new[]
        {
            (Factor(left, true), Factor(right, true)), (Factor(left, true), Factor(rightTurned, false)),
            (Factor(leftTurned, false), Factor(rightTurned, false)),
        })
        {
            var sum = ones(rows, columns).TimesInPlace(7);
            product.Multiply(a, b, depth, Result(sum, false));
            AssertWithin(exact, sum, tolerance);
            product.Multiply(a, b, depth, Result(sum, true));
            AssertWithin([.. exact.Select(x => 2 * x)], sum, 2 * tolerance);
            if (T.Type != ScalarType.Float32 && depth > 3072)
                continue;
            var rounded = empty(rows, columns, dtype: T.Type);
            product.Multiply(a, b, depth, Result(rounded, false));
            // Rounding once: half a unit of 8 significant bits.
            AssertWithin(exact, rounded, tolerance + (T.Type == ScalarType.Float32 ? 0 : 1.0 / 256));
        }
    }

    // Within a part of each value, or of the values' own spread where they cancel out.
    private static void AssertWithin(double[] expected, Tensor actual, double tolerance)
    {
        var spread = Math.Sqrt(expected.Average(x => x * x));
        foreach (var (x, y) in expected.Zip(Values(actual)))
            Assert.Equal(x, y, tolerance * Math.Max(Math.Abs(x), spread));
    }

    private static double[] Doubles(Tensor x) => x.contiguous().data<double>().ToArray();

    private static ProductFactor Factor(Tensor x, bool along) => new(Address(x), x.shape[1], along);

    private static ProductResult Result(Tensor x, bool add) =>
        new(Address(x), x.shape[0], x.shape[1], x.dtype == ScalarType.Float32, add);

    private static nint Address(Tensor x) => TensorMemory.AddressOf(x);
}

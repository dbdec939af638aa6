using System.Runtime.Intrinsics;
using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>The parts of the fused pass against libtorch's own operations.</summary>
public sealed class FusedKernelTests
{
    [Fact]
    public void Exp_AllMagnitudes_EqualsMath()
    {
        for (var x = -86f; x < 88; x += 0.37f)
        {
            var expected = Math.Exp(x);
            Assert.Equal(expected, VectorMath.Exp(Vector512.Create(x))[0], expected * 3e-7);
        }

        Assert.Equal(0, VectorMath.Exp(Vector512.Create(-100f))[3]);
        Assert.Equal(0, VectorMath.Exp(Vector512.Create(float.NegativeInfinity))[3]);
    }

    [Fact]
    public void Gelu_ValueAndSlope_EqualLibtorch()
    {
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        var x = linspace(-6, 6, 160).requires_grad_(true);
        var y = nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh);
        y.backward([ones_like(y)]);
        var (inputs, values, slopes) = (Values(x), Values(y), Values(x.grad!));
        for (var i = 0; i < inputs.Length; i += Vector512<float>.Count)
        {
            var (value, slope) = VectorMath.Gelu(Vector512.Create(inputs.AsSpan(i)));
            for (var lane = 0; lane < Vector512<float>.Count; lane++)
            {
                Assert.Equal(values[i + lane], value[lane], 5e-6);
                Assert.Equal(slopes[i + lane], slope[lane], 5e-6);
            }
        }
    }

    [Fact]
    public void BFloat16Store_AnyNumber_RoundsAsLibtorchDoes()
    {
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        using var random = new Generator(3);
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, 1.00390625f, 3.4e38f];
        var x = cat([randn(121, generator: random).Times(1000), tensor(special)]); // (128)
        var expected = Values(x.to(ScalarType.BFloat16));
        var target = zeros(128);
        var rounded = zeros(128, dtype: ScalarType.BFloat16);
        // Accumulate reads bfloat16; the other way goes through Add's and the norms' stores.
        unsafe
        {
            var from = Kernels.Floats(x);
            for (var i = 0; i < 128; i += Vector512<float>.Count)
                BFloat16Element.Store(Kernels.Bytes(rounded), i, Vector512.Load(from + i));
        }

        Kernels<BFloat16Element>.Accumulate(target, rounded, add: false);
        Assert.Equal(expected, Values(target));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(4096)]
    public void AdamW_Kernel_EqualsLibtorchsFused(int count)
    {
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        using var random = new Generator(9);
        var p = randn(count, generator: random);
        var g = randn(count, generator: random);
        var (m, v) = (zeros(count), zeros(count));
        var (p2, m2, v2) = (p.clone(), m.clone(), v.clone());
        var options = new AdamWOptions();
        for (var step = 1; step <= 3; step++)
        {
            AdamWKernel.Update((p, g, m, v), 0.25, step, 1e-2, options, 0.1);
            OptimizerScripts.AdamW([p2], [g.Times(0.25)], [m2], [v2], tensor((float)step), 1e-2, options, 0.1);
        }

        AssertClose(Array.ConvertAll(Values(p2), x => (double)x), Values(p), 1e-6, "parameter");
        AssertClose(Array.ConvertAll(Values(v2), x => (double)x), Values(v), 1e-6, "square");
    }

    [Fact]
    public void Norm_SeveralTensors_EqualsLibtorchOnAnyThreads()
    {
        Assert.SkipUnless(Vector512.IsHardwareAccelerated, "The CPU has no 512-bit vectors.");
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        using var random = new Generator(6);
        // No number at all, parts of vectors, and several pieces.
        Tensor[] tensors = [.. new long[] { 0, 1, 33, 40_003 }.Select(size => randn(size, generator: random))];
        Assert.All(tensors, tensor => Assert.True(NormKernel.Supports(tensor)));
        var expected = cat(tensors).to(ScalarType.Float64).norm().item<double>();
        var threads = ComputeDevice.Threads;
        try
        {
            var norms = new[] { 1, 2, 5 }.Select(count =>
            {
                ComputeDevice.SetThreads(count);
                return NormKernel.Norm(tensors);
            }).ToList();
            Assert.All(norms, norm => Assert.Equal(expected, norm, 1e-6 * expected));
            Assert.Single(norms.Distinct());
        }
        finally
        {
            ComputeDevice.SetThreads(threads);
        }

        tensors[2][7] = float.NaN;
        Assert.True(double.IsNaN(NormKernel.Norm(tensors)));
    }

    [Fact]
    public void For_ManyItems_EachOnceAndFailuresRethrown()
    {
        Libtorch.EnsureLoaded();
        var seen = new int[10_007];
        OpenMp.For(seen.Length, (_, start, end) =>
        {
            for (var i = start; i < end; i++)
                Interlocked.Increment(ref seen[i]);
        });
        Assert.All(seen, count => Assert.Equal(1, count));
        Assert.Throws<InvalidOperationException>(
            () => OpenMp.For(100, (_, _, _) => throw new InvalidOperationException("here")));
    }
}

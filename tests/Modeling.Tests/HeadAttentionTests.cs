using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>Attention in machine code's products against autograd in double precision.</summary>
public sealed class HeadAttentionTests
{
    // Heads, time, head's size: less than a tile's columns; a part of them at the end; several of each.
    public static TheoryData<int, int, int, bool> Sizes => new()
    {
        { 3, 16, 32, true },
        { 2, 48, 64, true },
        { 5, 96, 64, false },
        { 1, 272, 96, false },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void ForwardAndBackward_Fp32_EqualAutograd(int heads, int time, int size, bool keeps) =>
        Check<Float32Element>(heads, time, size, keeps, tolerance: 2e-6);

    // Scores, probabilities and their gradients are rounded to 8 significant bits.
    [Theory]
    [MemberData(nameof(Sizes))]
    public void ForwardAndBackward_Bf16_EqualAutograd(int heads, int time, int size, bool keeps) =>
        Check<BFloat16Element>(heads, time, size, keeps, tolerance: 2e-2);

    [Fact]
    public void Supports_PartsOfTiles_False()
    {
        Assert.False(HeadAttention<Float32Element>.Supports(time: 40, size: 64));
        Assert.False(HeadAttention<Float32Element>.Supports(time: 64, size: 48));
        Assert.Equal(
            ProductKernel.IsSupported(ScalarType.Float32), HeadAttention<Float32Element>.Supports(time: 64, size: 64));
    }

    [Fact]
    public void Forward_NaNInLaterPosition_LeavesEarlierOnes()
    {
        Assert.SkipUnless(ProductKernel.IsSupported(ScalarType.Float32), "The CPU has no 512-bit vectors.");
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        var parts = Enumerable.Range(0, 3).Select(_ => ones(1, 64, 32)).ToArray(); // (B·nh, T, hs)
        foreach (var part in parts)
            part[0, 40] = float.NaN;
        using var attention = new HeadAttention<Float32Element>(1, 64, 32);
        var result = empty(1, 64, 32);
        attention.Forward(Addresses(parts), 0, TensorMemory.AddressOf(result));
        Assert.All(Values(result[0].narrow(0, 0, 40)), value => Assert.Equal(1, value, 1e-6));
        Assert.All(Values(result[0].narrow(0, 40, 24)), value => Assert.True(float.IsNaN(value)));
    }

    private static void Check<T>(int heads, int time, int size, bool keeps, double tolerance)
        where T : struct, IElement
    {
        Assert.SkipUnless(ProductKernel.IsSupported(T.Type), "The CPU has no such instructions.");
        using var scope = NewDisposeScope();
        Libtorch.EnsureLoaded();
        using var random = new Generator(5);
        Tensor New() => randn(heads, time, size, generator: random).to(T.Type); // (B·nh, T, hs)
        var parts = new[] { New(), New(), New() };
        var gradient = New();
        Tensor[] exact = [.. parts.Select(part => part.to(ScalarType.Float64).requires_grad_(true))];
        var mask = ones(time, time, ScalarType.Bool).triu(1); // (T, T)
        var scores = exact[0].matmul(exact[1].transpose(1, 2)).Over(Math.Sqrt(size)); // (B·nh, T, T)
        var weights = scores.MaskedWith(mask, double.NegativeInfinity).softmax(-1);
        var expected = weights.matmul(exact[2]); // (B·nh, T, hs)
        expected.backward([gradient.to(ScalarType.Float64)]);

        using var attention = new HeadAttention<T>(heads, time, size);
        var kept = empty(heads, time, time, dtype: T.Type).FillInPlace(float.NaN); // (B·nh, T, T)
        var probabilities = keeps ? TensorMemory.AddressOf(kept) : 0;
        var result = empty_like(gradient);
        attention.Forward(Addresses(parts), probabilities, TensorMemory.AddressOf(result));
        AssertClose(Doubles(expected), Values(result), tolerance, "result");
        if (keeps)
            AssertClose(Doubles(weights), Values(kept), tolerance, "probabilities");
        Tensor[] slopes = [.. parts.Select(part => empty_like(part))];
        attention.Backward(Addresses(parts), probabilities, TensorMemory.AddressOf(gradient), Addresses(slopes));
        foreach (var (name, (mine, wanted)) in new[] { "queries", "keys", "values" }.Zip(slopes.Zip(exact)))
            AssertClose(Doubles(wanted.grad!), Values(mine), tolerance, name);
    }

    private static double[] Doubles(Tensor x) => x.detach().contiguous().data<double>().ToArray();

    private static (nint Q, nint K, nint V) Addresses(Tensor[] parts) => (
        TensorMemory.AddressOf(parts[0]), TensorMemory.AddressOf(parts[1]), TensorMemory.AddressOf(parts[2]));
}

using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Arithmetic of tensors with numbers in which the number lives as long as the call that reads it.</summary>
/// <remarks>
/// TorchSharp hands a number over as a native object that a finalizer frees, and nothing keeps that object alive while
/// the native call reads it: a garbage collection at that moment frees it under libtorch's hands. What was seen then:
/// "Expected false to be true" out of <c>add</c>, an assertion out of <c>index_add_</c>; any other number would be read
/// without a word. TorchSharp's operators and shorter overloads (<c>x + y</c> is <c>add(y, 1)</c>) make such numbers
/// themselves. So constants here are never freed, other numbers are disposed of after the call, and
/// <c>BannedSymbols.txt</c> makes the compiler refuse the other ways.
/// </remarks>
public static class TensorNumbers
{
    /// <summary>0, never freed.</summary>
    public static readonly Scalar Zero = Constant(0);

    /// <summary>1, never freed.</summary>
    public static readonly Scalar One = Constant(1);

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x += y.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x += factor · y.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y, double factor)
    {
        using var number = factor.ToScalar();
        return x.add_(y, number);
    }

    /// <summary>factor · x.</summary>
    public static Tensor Times(this Tensor x, double factor)
    {
        using var number = factor.ToScalar();
        return x.mul(number);
    }

    /// <summary>x *= factor.</summary>
    public static Tensor TimesInPlace(this Tensor x, double factor)
    {
        using var number = factor.ToScalar();
        return x.mul_(number);
    }

    /// <summary>x / divisor.</summary>
    public static Tensor Over(this Tensor x, double divisor)
    {
        using var number = divisor.ToScalar();
        return x.div(number);
    }

    /// <summary>x /= divisor.</summary>
    public static Tensor OverInPlace(this Tensor x, double divisor)
    {
        using var number = divisor.ToScalar();
        return x.div_(number);
    }

    /// <summary>x, with <paramref name="value"/> where <paramref name="mask"/> is true.</summary>
    public static Tensor MaskedWith(this Tensor x, Tensor mask, double value)
    {
        using var number = value.ToScalar();
        return x.masked_fill(mask, number);
    }

    /// <summary>Every element = value.</summary>
    public static Tensor FillInPlace(this Tensor x, double value)
    {
        using var number = value.ToScalar();
        return x.fill_(number);
    }

    /// <summary>0, 1, …, count - 1 as 64-bit integers.</summary>
    public static Tensor CountingTo(long count, Device device)
    {
        using var end = count.ToScalar();
        return arange(end, device: device);
    }

    private static Scalar Constant(long value)
    {
        Libtorch.EnsureLoaded();
        return value.ToScalar();
    }
}

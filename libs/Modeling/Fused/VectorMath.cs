using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Platform.Modeling;

/// <summary>Functions of 16 floats.</summary>
internal static class VectorMath
{
    // tanh-GELU is x·σ(2·√(2/π)·(x + 0.044715·x³)): Hendrycks and Gimpel 2016.
    private const float GeluScale = 2 * 0.7978845608028654f;
    private const float GeluCubic = 0.044715f;

    /// <summary>eˣ within 2 units in the last place; 0 below -87, e⁸⁸ above 88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var small = Vector512.LessThan(x, Vector512.Create(-87f));
        x = Vector512.MaxNative(Vector512.MinNative(x, Vector512.Create(88f)), Vector512.Create(-87f));
        // x = n·ln 2 + r; ln 2 in two parts, so that r is exact.
        var n = Vector512.Round(x * Vector512.Create(1.44269504f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f); // Cephes' polynomial for |r| ≤ ln 2 / 2
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var power = ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
        return Vector512.AndNot(p * power, small);
    }

    /// <summary>GELU's tanh form, and its derivative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Value, Vector512<float> Slope) Gelu(Vector512<float> x)
    {
        var square = x * x;
        var z = x * Vector512.FusedMultiplyAdd(
            square, Vector512.Create(GeluScale * GeluCubic), Vector512.Create(GeluScale));
        var sigmoid = Vector512<float>.One / (Vector512<float>.One + Exp(-z));
        var inner = Vector512.FusedMultiplyAdd(
            square, Vector512.Create(3 * GeluScale * GeluCubic), Vector512.Create(GeluScale));
        var value = x * sigmoid;
        return (value, Vector512.FusedMultiplyAdd(value * (Vector512<float>.One - sigmoid), inner, sigmoid));
    }
}

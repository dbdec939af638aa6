using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Rounds weights to 8-bit integers with a scale for each row: the largest of a row is 127 steps from zero.
/// </summary>
internal static class Int8Rounding
{
    private const double Steps = 127;

    // A row of zeros has a step too.
    private static readonly Scalar Smallest = (float.Epsilon * 1e10).ToScalar();

    /// <summary>The step of each row.</summary>
    public static Tensor Scales(Tensor rows) => // (n, in) → (n, 1)
        rows.abs().amax([1], keepdim: true).OverInPlace(Steps).clamp_(min: Smallest);

    /// <summary>
    /// Gives a model's matrices the values that they have in 8 bits, so that every way to use them agrees.
    /// </summary>
    public static void Apply(Gpt model)
    {
        using var noGrad = no_grad();
        foreach (var weight in model.LinearLayers.Select(entry => entry.Layer.Weight).Append(model.TokenWeight))
        {
            using var scope = NewDisposeScope();
            var scales = Scales(weight);
            weight.copy_((weight / scales).round_().mul_(scales));
        }

        model.ClearCopies();
    }
}

using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Operations into memory that is there already, for which TorchSharp has no functions, through TorchScript. A script
/// that does not compile ends the process, so they are constants, and tests run every one.
/// </summary>
internal static class FusedScripts
{
    private const string Source = """
        def batched(result: Tensor, left: Tensor, right: Tensor):
            return torch.bmm(left, right, out=result)

        """;

    private static readonly Lazy<jit.CompilationUnit> Unit = new(() =>
    {
        Libtorch.EnsureLoaded();
        return jit.compile(Source);
    });

    /// <summary>result[i] = left[i]·right[i].</summary>
    public static void Batched(Tensor result, Tensor left, Tensor right) =>
        Unit.Value.invoke<Tensor>("batched", result, left, right).Dispose();
}

namespace Platform.Modeling;

/// <summary>A norm or a linear layer as the decoder uses it; adapters know it by its place in the list.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Index">Its place.</param>
/// <param name="Matrix">The weights of a linear layer; null for a norm.</param>
/// <param name="Weight">The weights of a norm; null for a linear layer.</param>
/// <param name="Bias">The bias of a norm; null for none.</param>
internal sealed record ServedModule(
    string Name, int Index, PackedMatrix? Matrix, FloatBuffer? Weight, FloatBuffer? Bias) : IDisposable
{
    public void Dispose()
    {
        Matrix?.Dispose();
        Weight?.Dispose();
        Bias?.Dispose();
    }
}

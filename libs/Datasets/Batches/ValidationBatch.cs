namespace Platform.Datasets.Batches;

/// <summary>Where one validation batch lies and how large it is.</summary>
/// <param name="Start">Its first token in the split.</param>
/// <param name="Rows">Sequences, at least 1.</param>
/// <param name="Columns">Tokens of each, at least 1.</param>
public readonly record struct ValidationBatch(long Start, int Rows, int Columns)
{
    /// <summary>Rows × Columns: its predictions.</summary>
    public int Tokens => Rows * Columns;
}

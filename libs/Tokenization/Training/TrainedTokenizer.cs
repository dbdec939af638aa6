namespace Platform.Tokenization.Training;

/// <summary>The result of a training.</summary>
/// <param name="Tokenizer">Ready to use and to save.</param>
/// <param name="BytesCounted">Bytes of training text.</param>
/// <param name="Documents">Documents of training text, as the chunks marked them.</param>
/// <param name="DistinctWords">Distinct pieces (BPE) or characters.</param>
/// <param name="Merges">Merges found; fewer than asked for where the text had no more pairs.</param>
public sealed record TrainedTokenizer(
    TextTokenizer Tokenizer, long BytesCounted, long Documents, int DistinctWords, int Merges);

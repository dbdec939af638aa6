namespace Platform.Tokenization.Training;

/// <summary>How far a training is.</summary>
/// <param name="BytesCounted">Bytes of text counted.</param>
/// <param name="CountingDone">Whether all the text is counted; merging follows.</param>
/// <param name="DistinctWords">Distinct pieces (words) found; known once counting is done.</param>
/// <param name="MergesDone">Merges found.</param>
/// <param name="MergesWanted">Merges that fill the vocabulary; training may end with fewer.</param>
public readonly record struct TokenizerTrainingProgress(
    long BytesCounted, bool CountingDone, int DistinctWords, int MergesDone, int MergesWanted);

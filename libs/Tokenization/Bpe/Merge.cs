namespace Platform.Tokenization.Bpe;

/// <summary>One step of BPE: these two tokens, side by side, become another. The lowest rank goes first.</summary>
internal readonly record struct Merge(int Left, int Right, int Rank, int Merged);

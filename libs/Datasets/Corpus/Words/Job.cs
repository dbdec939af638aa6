namespace Platform.Datasets.Corpus.Words;

/// <summary>A job: what one practises for it, and where it is done.</summary>
internal sealed record Job(string Name, string Practice, string Workplace);

namespace Platform.TokenizerHost.Jobs;

/// <summary>Why a job failed: one word for programs, a sentence or two for people.</summary>
internal sealed record JobFailure(string Reason, string Message);

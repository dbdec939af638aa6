namespace Platform.Testing;

/// <summary>What a program said and how it ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    /// <summary>Both, for messages of failed assertions.</summary>
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}

namespace Platform.InferenceHost.OpenAi;

/// <summary>What an answer's <c>error</c> says.</summary>
/// <param name="Message">For people.</param>
/// <param name="Type">The kind.</param>
/// <param name="Param">The parameter that is wrong.</param>
/// <param name="Code">For programs.</param>
internal sealed record OpenAiError(string Message, string Type, string? Param, string? Code);

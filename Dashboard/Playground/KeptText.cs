namespace Platform.Dashboard.Playground;

/// <summary>A generation as the reader's browser keeps it.</summary>
/// <param name="Model">Its model.</param>
/// <param name="Prompt">What it follows.</param>
/// <param name="Text">What came.</param>
/// <param name="Outcome">How it went.</param>
/// <param name="Ended">When it ended.</param>
internal sealed record KeptText(string Model, string Prompt, string Text, string Outcome, DateTime Ended);

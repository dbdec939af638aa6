namespace Platform.Evals;

/// <summary>Contexts with a continuation each, to be scored together.</summary>
public abstract record Prompt;

namespace Platform.Modeling;

/// <summary>A token and how likely the model found it, before penalties, bias and temperature.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">The natural logarithm of its probability among the real vocabulary.</param>
public readonly record struct TokenScore(int Id, double LogProbability);

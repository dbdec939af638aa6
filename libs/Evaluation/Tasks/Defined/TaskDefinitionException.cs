namespace Platform.Evals;

/// <summary>A task's definition is wrong; the message says where and why.</summary>
public sealed class TaskDefinitionException(string message) : Exception(message);

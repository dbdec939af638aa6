namespace Platform.Workspaces.Errors;

/// <summary>
/// The request is wrong whatever the state of things (INVALID_ARGUMENT); it names every field at once.
/// </summary>
public sealed class InvalidArgumentException : PlatformException
{
    /// <summary>One thing is wrong.</summary>
    public InvalidArgumentException(string field, string description)
        : this([new FieldViolation(field, description)])
    {
    }

    /// <summary>Several things are wrong; at least one.</summary>
    public InvalidArgumentException(IReadOnlyList<FieldViolation> violations)
        : base("INVALID_ARGUMENT", Describe(violations)) => Violations = violations;

    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<FieldViolation> Violations { get; }

    private static string Describe(IReadOnlyList<FieldViolation> violations)
    {
        ArgumentOutOfRangeException.ThrowIfZero(violations.Count);
        return FieldViolation.Say(violations);
    }
}

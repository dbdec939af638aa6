namespace Platform.Workspaces.Errors;

/// <summary>Collects what is wrong with a request, so that its caller is told everything at once.</summary>
public sealed class Violations
{
    private readonly List<FieldViolation> _violations = [];

    /// <summary>What is wrong so far.</summary>
    public IReadOnlyList<FieldViolation> All => _violations;

    /// <summary>Whether nothing is wrong so far.</summary>
    public bool IsEmpty => _violations.Count == 0;

    /// <summary>Notes a violation.</summary>
    /// <inheritdoc cref="FieldViolation(string, string)"/>
    public void Add(string field, string description) => _violations.Add(new FieldViolation(field, description));

    /// <summary>Notes a violation unless <paramref name="condition"/> holds.</summary>
    public void Require(bool condition, string field, string description)
    {
        if (!condition)
            Add(field, description);
    }

    /// <summary>Throws if anything is wrong.</summary>
    /// <exception cref="InvalidArgumentException">Something is wrong.</exception>
    public void ThrowIfAny()
    {
        if (!IsEmpty)
            throw new InvalidArgumentException([.. _violations]);
    }
}

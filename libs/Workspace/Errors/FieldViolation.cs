namespace Platform.Workspaces.Errors;

/// <summary>One thing wrong with a request.</summary>
/// <param name="Field">The field's path in the request, in proto names: <c>spec.model.n_head</c>,
/// <c>texts[3]</c>.</param>
/// <param name="Description">What is wrong and what is allowed.</param>
public sealed record FieldViolation(string Field, string Description)
{
    /// <summary>All that is wrong in one text: a sentence each.</summary>
    public static string Say(IEnumerable<FieldViolation> violations) => string.Join(
        ' ', violations.Select(violation => $"{violation.Field}: {violation.Description.TrimEnd('.')}."));
}

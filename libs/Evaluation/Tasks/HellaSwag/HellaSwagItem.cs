namespace Platform.Evals;

/// <summary>An item of HellaSwag: a beginning, and endings of which one is right.</summary>
/// <param name="Index">Its place in the input, from 0; bad items take a place too.</param>
/// <param name="Activity">What is being done, such as "Canoeing"; may be empty.</param>
/// <param name="Context">The beginning as it is (<c>ctx</c>), without the activity.</param>
/// <param name="ContextA">The beginning's complete sentences (<c>ctx_a</c>); null where it is not told.</param>
/// <param name="ContextB">The start of the sentence to end (<c>ctx_b</c>); null where the input does not tell.</param>
/// <param name="Endings">Two or more.</param>
/// <param name="Gold">The right ending, from 0.</param>
public sealed record HellaSwagItem(
    int Index,
    string Activity,
    string Context,
    string? ContextA,
    string? ContextB,
    IReadOnlyList<string> Endings,
    int Gold);

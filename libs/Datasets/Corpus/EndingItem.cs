namespace Platform.Datasets.Corpus;

/// <summary>A story's beginning with four endings: HellaSwag's fields, in snake_case.</summary>
/// <param name="Ind">The item's number.</param>
/// <param name="ActivityLabel">What kind of story it is.</param>
/// <param name="CtxA">All sentences but the last one.</param>
/// <param name="CtxB">How the last sentence begins.</param>
/// <param name="Ctx">Both, with a space between.</param>
/// <param name="Endings">Four, one of them right.</param>
/// <param name="Label">Index of the right one.</param>
/// <param name="Split">Always <c>val</c>.</param>
public sealed record EndingItem(
    long Ind,
    string ActivityLabel,
    string CtxA,
    string CtxB,
    string Ctx,
    IReadOnlyList<string> Endings,
    int Label,
    string Split);

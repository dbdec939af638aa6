namespace Platform.Modeling;

/// <summary>
/// What a tile's products bring into the second cache meanwhile: the rows of weights that come next, or half of them
/// where two tiles share the work, so that memory is read all the time.
/// </summary>
/// <param name="Outputs">So many rows of weights further on.</param>
/// <param name="Halves">0: nothing; 1: one half; 2: all.</param>
/// <param name="IsSecond">Whether it is the second half.</param>
internal readonly record struct ReadAhead(int Outputs, int Halves, bool IsSecond = false);

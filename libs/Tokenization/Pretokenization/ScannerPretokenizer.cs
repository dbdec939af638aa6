namespace Platform.Tokenization.Pretokenization;

/// <summary>Runs a hand-written scanner.</summary>
internal sealed unsafe class ScannerPretokenizer<TScanner> : Pretokenizer
    where TScanner : struct, IPieceScanner
{
    public override bool CanSplit => true;

    public override void ForEach<THandler>(byte* start, byte* end, ref THandler handler)
    {
        var classes = CharacterClass.Table;
        for (var p = start; p < end;)
        {
            var next = TScanner.Next(classes, p, end);
            handler.OnPiece(p, (int)(next - p), end);
            p = next;
        }
    }
}

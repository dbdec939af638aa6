namespace Platform.Hub;

/// <summary>How far a download has come.</summary>
/// <param name="File">The file.</param>
/// <param name="DoneBytes">Bytes on disk, those of earlier attempts included.</param>
/// <param name="TotalBytes">Its size; null while unknown.</param>
public readonly record struct HubProgress(HubFile File, long DoneBytes, long? TotalBytes);

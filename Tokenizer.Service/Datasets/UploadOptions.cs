namespace Platform.TokenizerHost.Datasets;

/// <summary>Settings of uploads: section <c>Uploads</c>.</summary>
internal sealed class UploadOptions
{
    public const string Section = "Uploads";

    /// <summary>The largest file that is taken, in bytes. Default 16 GiB.</summary>
    public long MaxBytes { get; set; } = 16L * 1024 * 1024 * 1024;
}

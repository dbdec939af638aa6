using Grpc.Core;

namespace Platform.Trainer.Service.Tests.Hosting;

/// <summary>What a call that failed told its caller.</summary>
internal sealed record CallFailure(StatusCode Code, string Reason, IReadOnlyList<string> Fields, string Message);

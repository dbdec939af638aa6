using Grpc.Core;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Export;

namespace Platform.TrainerHost.Grpc;

/// <summary>ExportService: models in other programs' formats.</summary>
internal sealed class ExportGrpcService(ModelExporter exporter, IHostApplicationLifetime lifetime)
    : ExportService.ExportServiceBase
{
    public override async Task ExportModel(
        ExportModelRequest request, IServerStreamWriter<ExportModelResponse> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        await foreach (var progress in exporter.ExportAsync(request, stop.Token))
            await responseStream.WriteAsync(progress, stop.Token);
    }
}

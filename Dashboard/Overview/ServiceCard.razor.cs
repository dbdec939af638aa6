using Grpc.Health.V1;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Server.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Overview;

/// <summary>Follows one service's health and shows what it says about itself.</summary>
public sealed partial class ServiceCard(ServersClient servers)
{
    private GetServerInfoResponse? _info;
    private CallFailure? _failure;
    private HealthCheckResponse.Types.ServingStatus? _health;
    private Link _link = Link.Connecting;

    /// <summary>The service's name.</summary>
    [Parameter, EditorRequired]
    public string Name { get; set; } = "";

    private string Title => char.ToUpperInvariant(Name[0]) + Name[1..];

    private string Word => (_link.State, _health) switch
    {
        (LinkState.Reconnecting or LinkState.Failed, _) => "not answering",
        (LinkState.Live, HealthCheckResponse.Types.ServingStatus.Serving) => "healthy",
        (LinkState.Live, _) => "not healthy",
        _ => "connecting",
    };

    /// <inheritdoc/>
    protected override void OnInitialized() => _ = FollowAsync(
        "health", Name, token => servers.WatchHealth(Name, token), ReceiveAsync, LinkChanged, endless: true);

    private async Task ReceiveAsync(HealthCheckResponse message)
    {
        _health = message.Status;
        (_info, _failure) = await servers.GetInfoAsync(Name, Closed);
    }

    private void LinkChanged(Link link)
    {
        _link = link;
        if (link.Failure is null)
            return;
        _failure = link.Failure;
        _info = null;
    }
}

using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Runner;

/// <summary>What running a job takes. One per process.</summary>
public sealed record JobTools
{
    /// <summary>This process, as leases name it.</summary>
    public required Guid Owner { get; init; }

    public required ChatPipeline Pipeline { get; init; }
    public required ICatalog Catalog { get; init; }
    public required ChatLimits Limits { get; init; }
    public required KeyPauses Pauses { get; init; }
    public required JobOptions Options { get; init; }
    public required JobMetrics Metrics { get; init; }
    public required TimeProvider Time { get; init; }
    public required ILogger Log { get; init; }
}

using Bifrost.Calls.Contracts;
using Orleans.Dashboard;

namespace Bifrost.Calls.Pulse;

[StatelessWorker(1, false), GrainType("pulse"), NoProfiling]
internal sealed class PulseGrain : Grain, IPulseGrain
{
    public Task Beat() => Task.CompletedTask;
}

using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Bifrost.Server.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bifrost.Benchmarks.Grains;

/// <summary>What a grain call costs inside one process, on a real silo.</summary>
[Config(typeof(AwaitedInProcess)), MemoryDiagnoser]
public class GrainCalls
{
    private readonly Ask _ask = new() { Id = Guid.CreateVersion7(), Name = "virtual key", Amount = 1_000_000 };
    private IHost _host = null!;
    private IGrainFactory _grains = null!;
    private IOrdinaryGrain _ordinary = null!;
    private IWorkerGrain _worker = null!;
    private int _next;

    /// <summary>The toolchain that waits for the tasks of a set-up and of a benchmark; the emitting one measures their start only.</summary>
    private sealed class AwaitedInProcess : ManualConfig
    {
        public AwaitedInProcess() => AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance));
    }

    [GlobalSetup]
    public async Task StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        SiloSetup.Use(builder, new SiloSettings());
        _host = builder.Build();
        await _host.StartAsync();
        _grains = _host.Services.GetRequiredService<IGrainFactory>();
        _ordinary = _grains.GetGrain<IOrdinaryGrain>("key-one");
        _worker = _grains.GetGrain<IWorkerGrain>("provider");
        await _ordinary.Now(_ask);
        await _worker.Now(_ask);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Benchmark(Baseline = true)]
    public Task<Answer> Local_call() => _ordinary.Now(_ask);

    [Benchmark]
    public Task<Answer> Local_call_with_a_new_reference() => _grains.GetGrain<IOrdinaryGrain>("key-one").Now(_ask);

    [Benchmark]
    public Task<Answer> Local_call_that_leaves_the_thread() => _ordinary.Later(_ask);

    [Benchmark]
    public Task<Answer> Grain_to_grain() => _ordinary.Relay("key-two", _ask);

    [Benchmark]
    public Task<Answer> Stateless_worker_call() => _worker.Now(_ask);

    /// <summary>A grain comes up, answers one call and goes.</summary>
    [Benchmark]
    public Task<Answer> Activation() => _grains.GetGrain<IOrdinaryGrain>($"new-{_next++}").Last(_ask);
}

using System.Collections.Immutable;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Server.Composition;

/// <summary>
/// Makes the admin token of a new store and prints it, once. With <c>BIFROST_ADMIN_TOKEN</c> there is no need for one. The store may come
/// later than the start; of several servers that start at once on one store, one makes it.
/// </summary>
internal sealed class FirstAdminToken(
    ICatalogStore store, CatalogHolder catalog, CatalogKeeper keeper, StartOptions options, IHostApplicationLifetime process, TimeProvider time,
    ILogger<FirstAdminToken> log) : BackgroundService
{
    private const string Id = "initial";

    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(5);

    // The same for every start: what was made once, or deleted since, is not made again.
    private static readonly ImmutableArray<byte> s_seed = [1];

    /// <summary>What stops the process: the configured token opens something else in the store; null: nothing.</summary>
    public string? Mistake { get; private set; }

    /// <exception cref="StoreSettingsException">The configured token opens something else in the store.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Keys of the file were checked before; the store may have others. One that is away now is looked at when it comes.
        if (keeper.Loaded.IsCompletedSuccessfully && options.AdminToken is { } token && StartChecks.OwnerMistake(token, catalog.Current) is { } mistake)
            throw new StoreSettingsException(mistake);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await keeper.Loaded.WaitAsync(stoppingToken);
            if (options.AdminToken is { } token)
            {
                Mistake = StartChecks.OwnerMistake(token, catalog.Current);
                if (Mistake is null) return;
                Log.AdminTokenIsNoneAlone(log, Mistake);
                process.StopApplication();
                return;
            }

            while (catalog.Current.AdminTokens.Count == 0)
            {
                try
                {
                    await MakeAsync();
                    return;
                }
                catch (StoreUnavailableException e)
                {
                    Log.AdminTokenNotMade(log, e);
                    await Task.Delay(s_wait, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped before the store came.
        }
    }

    private async Task MakeAsync()
    {
        var secret = Secrets.NewAdminToken();
        var token = new AdminToken
        {
            Id = Id,
            Name = "Made at the first start",
            Role = AdminRole.Admin,
            Hash = Secrets.Hash(secret),
            CreatedAt = time.GetUtcNow(),
        };
        var commit = await store.SeedAsync([new CatalogSeed(CatalogSeeds.Of(token), s_seed)], CancellationToken.None);
        keeper.Tell(commit.Version);
        await keeper.ReachAsync(commit.Version, s_wait);

        // What stands is compared, not what the store said of this call: its answer may be that of a repetition.
        if (!catalog.Current.AdminTokens.TryGetValue(Id, out var stands) || !stands.Hash.AsSpan().SequenceEqual(token.Hash.AsSpan())) return;
        await options.Output.WriteLineAsync(
            $"""

            The admin token of this new store, shown this once (set BIFROST_ADMIN_TOKEN to choose your own):

              {secret}

            """);
    }
}

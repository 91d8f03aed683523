using Bifrost.Cluster.Tests.Rig;

namespace Bifrost.Cluster.Tests;

/// <summary>A cluster whose silos have different work.</summary>
public sealed class Roles(PostgresFixture postgres)
{
    private const string Key = "sk-bf-roles-0123456789abcdef";
    private const string Runs = "bifrost_jobs_run_duration_seconds_count";
    private const int Jobs = 5;

    [Fact]
    public async Task Jobs_of_a_silo_that_only_answers_run_on_one_that_runs_jobs()
    {
        await using var rig = await ClusterRig.StartAsync(postgres.Server, Configuration, silos: 1);
        var answers = rig.Silos[0].Http;
        var ids = await Task.WhenAll(Enumerable.Range(0, Jobs).Select(async _ =>
            JobCalls.IdOf(await answers.PostAsync(JobCalls.Path, Requests.Body("sim/sim-echo", "\"max_tokens\":10"), Key))));
        await rig.AddAsync(1, static file => file["jobs"]!["running_per_server_max"] = 8);
        foreach (var id in ids)
            await Eventually.UntilAsync(
                () => answers.GetAsync($"{JobCalls.Path}/{id}?wait=10", Key), static answer => answer.Status == 200, static answer => answer.Body);
        var runs = await Task.WhenAll(rig.Silos.Select(async silo => (await silo.Http.GetAsync("/metrics")).Body.Split('\n')
            .Where(static line => line.StartsWith(Runs, StringComparison.Ordinal))
            .Sum(static line => double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal([0, Jobs], runs);
    }

    private static string Configuration(Uri upstream) => $$"""
        {
          "providers": { "sim": { "network_config": { "base_url": "{{upstream}}" } } },
          "jobs": { "running_per_server_max": 0 },
          "governance": { "virtual_keys": [{ "id": "roles", "name": "roles", "value": "{{Key}}", "allow_all_providers": true }] },
          "pricing": { "sim/*": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } }
        }
        """;
}

using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Keys.Tests.Admission;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Tests.Limits;

/// <summary>Keys of one team, each with its own activation and book, under a clock that the test moves. A prompt is estimated at 200 tokens.</summary>
internal sealed class TeamRig
{
    public const string TeamKey = "team:t";
    private static readonly byte[] Hash = SHA256.HashData(Encoding.UTF8.GetBytes("sk-bf-team"));

    private readonly Dictionary<string, (KeyAdmission Admission, FakeBook Book)> _keys = [];
    private long _version;

    public TeamRig(RateLimit? teamLimit, int keys = 1)
    {
        Accounts = new FakeAccounts(Catalog, Time, Limits);
        Keys = [.. Enumerable.Range(0, keys).Select(i => new VirtualKey
        {
            Id = $"vk{i}",
            Name = $"key {i}",
            Secrets = [new KeySecret([.. Hash], null)],
            AllowAllProviders = true,
            TeamId = "t",
        })];
        Teams = [new Team { Id = "t", Name = "search", CustomerId = "c", RateLimit = teamLimit }];
        Publish();
    }

    public FakeTimeProvider Time { get; } = new();
    public CatalogHolder Catalog { get; } = new();
    public AccountLimits Limits { get; } = new();
    public FakeAccounts Accounts { get; }
    public VirtualKey[] Keys { get; }
    public Team[] Teams { get; set; }
    public RateLimit? CustomerLimit { get; set; }
    public GlobalLimit[] GlobalLimits { get; set; } = [];

    public FakeAccount Team => Accounts[TeamKey];

    public static RateLimit PerHour(long? requests = null, long? tokens = null) => new()
    {
        RequestsMax = requests,
        TokensMax = tokens,
        RequestPeriod = new WindowPeriod(1, PeriodUnit.Hour, CalendarAligned: false),
        TokenPeriod = new WindowPeriod(1, PeriodUnit.Hour, CalendarAligned: false),
    };

    public void Publish() => Assert.True(Catalog.Swap(new CatalogSnapshot
    {
        Version = ++_version,
        Providers = new[] { "p", "q" }.ToFrozenDictionary(n => n, n => new Provider { Name = n, BaseUrl = new Uri("http://localhost") }, StringComparer.Ordinal),
        VirtualKeys = Keys.ToFrozenDictionary(k => k.Id, StringComparer.Ordinal),
        Teams = Teams.ToFrozenDictionary(t => t.Id, StringComparer.Ordinal),
        Customers = new[] { new Customer { Id = "c", Name = "acme", RateLimit = CustomerLimit } }.ToFrozenDictionary(c => c.Id, StringComparer.Ordinal),
        GlobalLimits = [.. GlobalLimits],
    }));

    public void LimitTeam(RateLimit? limit)
    {
        Teams[0] = Teams[0] with { RateLimit = limit };
        Publish();
    }

    public KeyAdmission Key(string id = "vk0") => Of(id).Admission;

    public FakeBook Book(string id = "vk0") => Of(id).Book;

    public Task<AdmitReply> AdmitAsync(string id = "vk0", int outputTokensMax = 100, string provider = "p") => Key(id).AdmitAsync(new AdmitRequest
    {
        AttemptId = Guid.CreateVersion7(Time.GetUtcNow()),
        SecretHash = Hash,
        Provider = provider,
        Model = "m",
        Content = KeyRig.ContentOf(KeyRig.PromptBytes),
        OutputTokensMax = outputTokensMax,
    });

    public Task SettleAsync(Ticket ticket, long tokens = 50, AttemptOutcome outcome = AttemptOutcome.Completed) =>
        Key(ticket.VirtualKeyId).SettleAsync(new Settlement
        {
            Ticket = ticket,
            Outcome = outcome,
            Provider = "p",
            Model = "m",
            Usage = new TokenUsage { PromptTokens = tokens },
            Estimated = true,
            RequestId = "r",
        });

    /// <summary>Time goes by as the keys' grains see it: every second, what is past its time goes back.</summary>
    public async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            foreach (var (admission, _) in _keys.Values) await admission.ReturnSharedAsync(all: false);
        }
    }

    public async Task<(long Used, long Held)> RequestsAsync(string account = TeamKey) =>
        (await Accounts[account].Status()).Requests is { } window ? (window.Used, window.Held) : default;

    public async Task<(long Used, long Held)> TokensAsync(string account = TeamKey) =>
        (await Accounts[account].Status()).Tokens is { } window ? (window.Used, window.Held) : default;

    private (KeyAdmission Admission, FakeBook Book) Of(string id)
    {
        if (_keys.TryGetValue(id, out var key)) return key;
        var book = new FakeBook();
        key = (new KeyAdmission(id, Catalog, book, account => Accounts[account], new BrokenBounds(Catalog, Time), Time, new KeyLimits(), Limits), book);
        _keys.Add(id, key);
        return key;
    }
}

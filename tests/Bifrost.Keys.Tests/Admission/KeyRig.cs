using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>One key's rules on a fake book under a clock that the test moves. A prompt of 368 bytes is estimated at 200 tokens.</summary>
internal sealed class KeyRig
{
    public const int PromptBytes = 368;
    public const int PromptTokens = 200;
    public const string Secret = "sk-bf-one";

    private KeyAdmission? _admission;
    private FakeAccounts? _accounts;
    private BrokenBounds? _brokenBounds;
    private long _version;

    public FakeTimeProvider Time { get; } = new();
    public FakeBook Book { get; } = new();
    public CatalogHolder Catalog { get; } = new();
    public KeyLimits Limits { get; set; } = new();
    public AccountLimits AccountLimits { get; set; } = new();
    public BrokenBounds BrokenBounds => _brokenBounds ??= new BrokenBounds(Catalog, Time);
    public FakeAccounts Accounts => _accounts ??= new FakeAccounts(Catalog, Time, AccountLimits);
    public string KeyId { get; set; } = "vk";

    public VirtualKey Key { get; set; } = new()
    {
        Id = "vk",
        Name = "my key",
        Secrets = [new KeySecret(Hash(Secret), null)],
        AllowAllProviders = true,
    };

    public KeyAdmission Admission
    {
        get
        {
            if (_version == 0) Publish();
            return _admission ??= new KeyAdmission(KeyId, Catalog, Book, key => Accounts[key], BrokenBounds, Time, Limits, AccountLimits);
        }
    }

    public static ImmutableArray<byte> Hash(string secret) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(secret))];

    /// <summary>Makes the key as it now stands the configured one.</summary>
    public void Publish(Func<CatalogSnapshot, CatalogSnapshot>? change = null)
    {
        var snapshot = new CatalogSnapshot
        {
            Version = ++_version,
            Providers = new[] { "p", "q" }.ToFrozenDictionary(n => n, n => new Provider { Name = n, BaseUrl = new Uri("http://localhost") }, StringComparer.Ordinal),
            VirtualKeys = new[] { Key }.ToFrozenDictionary(k => k.Id, StringComparer.Ordinal),
            Prices = new Dictionary<string, ModelPrice>
            {
                ["p/m"] = new() { InputNanosPerMillion = 1_000_000_000, OutputNanosPerMillion = 2_000_000_000 },
            }.ToFrozenDictionary(StringComparer.Ordinal),
        };
        Assert.True(Catalog.Swap(change is null ? snapshot : change(snapshot)));
    }

    public AdmitRequest Request(
        string provider = "p", string model = "m", int outputTokensMax = 100, string secret = Secret, Guid? attemptId = null) => new()
        {
            AttemptId = attemptId ?? Guid.CreateVersion7(Time.GetUtcNow()),
            SecretHash = SHA256.HashData(Encoding.UTF8.GetBytes(secret)),
            Provider = provider,
            Model = model,
            Content = ContentOf(PromptBytes),
            OutputTokensMax = outputTokensMax,
        };

    /// <summary>One message of so many bytes of text.</summary>
    public static RequestContent ContentOf(int bytes) => new() { TextBytes = bytes, StringBytes = bytes, Messages = 1 };

    public async Task<Ticket> AdmitAsync(AdmitRequest? request = null)
    {
        var reply = await Admission.AdmitAsync(request ?? Request());
        Assert.Null(reply.Refusal);
        return reply.Ticket!;
    }

    public async Task<Refusal> RefuseAsync(AdmitRequest? request = null)
    {
        var reply = await Admission.AdmitAsync(request ?? Request());
        Assert.Null(reply.Ticket);
        return reply.Refusal!;
    }

    public Task SettleAsync(
        Ticket ticket, long tokens = 50, AttemptOutcome outcome = AttemptOutcome.Completed, bool estimated = false, string provider = "p") =>
        Admission.SettleAsync(new Settlement
        {
            Ticket = ticket,
            Outcome = outcome,
            Provider = provider,
            Model = "m",
            Usage = new TokenUsage { PromptTokens = tokens },
            Estimated = estimated,
            RequestId = "r1",
            PromptBytes = estimated ? 0 : PromptBytes,
        });

    /// <summary>What one owner's windows have counted.</summary>
    public (long Requests, long Tokens) Counted(string scope = "")
    {
        var windows = Admission.Snapshot().Windows.Where(w => w.Scope == scope).ToArray();
        return (windows.Single(w => !w.OfTokens).Used, windows.Single(w => w.OfTokens).Used);
    }

    public static RateLimit PerMinute(long? requests = null, long? tokens = null) => new() { RequestsMax = requests, TokensMax = tokens };
}

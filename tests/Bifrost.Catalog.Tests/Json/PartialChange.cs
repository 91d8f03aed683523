using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;
using static Bifrost.Catalog.Tests.Json.ReadRig;

namespace Bifrost.Catalog.Tests.Json;

/// <summary>A body changes what it names: an absent field keeps its value, null clears it.</summary>
public class PartialChange
{
    private static readonly VirtualKey s_key = BlankKey with
    {
        Name = "n",
        Description = "d",
        IsActive = false,
        ExpiresAt = Now.AddYears(1),
        TeamId = "t1",
        CallsInFlightMax = 3,
        AllowAllProviders = true,
        Budgets = [new Budget { Id = "b", LimitNanos = 1, Period = new WindowPeriod(1, PeriodUnit.Month, CalendarAligned: false) }],
        RateLimit = new RateLimit { TokensMax = 5 },
        Providers = [new KeyProvider { Id = "v/sim", Provider = "sim", Weight = 0.5m, AllowedModels = new NameList(["m"]), KeyIds = new NameList(["k1"]) }],
    };

    [Fact]
    public void An_empty_body_changes_nothing() => Assert.Equal(s_key, Change(s_key, "{}"));

    [Fact]
    public void Null_clears_what_may_be_without_a_value()
    {
        var key = Change(s_key, """{"description":null,"expires_at":null,"team_id":null,"max_concurrent_requests":null,"rate_limit":null,"provider_configs":null}""");
        Assert.Equal(("", null, null, 0, null, 0), (key.Description, key.ExpiresAt, key.TeamId, key.CallsInFlightMax, key.RateLimit, key.Providers.Length));
    }

    [Fact]
    public void Null_keeps_what_always_has_a_value()
    {
        var key = Change(s_key, """{"is_active":null,"allow_all_providers":null,"budgets":null,"calendar_aligned":null}""");
        Assert.Equal((false, true, s_key.Budgets), (key.IsActive, key.AllowAllProviders, key.Budgets));
        Assert.NotEmpty(Body("""{"name":null}""", Key).Errors);
    }

    [Fact]
    public void An_entry_of_a_provider_changes_what_it_names_and_null_clears_its_weight()
    {
        var kept = Assert.Single(Change(s_key, """{"provider_configs":[{"provider":"sim"}]}""").Providers);
        Assert.Equal(s_key.Providers[0], kept);
        var cleared = Assert.Single(Change(s_key, """{"provider_configs":[{"provider":"sim","weight":null}]}""").Providers);
        Assert.Equal(s_key.Providers[0] with { Weight = null }, cleared);
    }

    [Fact]
    public void A_budget_of_the_same_window_keeps_its_id_and_turns_onto_the_calendar_with_its_owner()
    {
        var budget = Assert.Single(Change(s_key, """{"budgets":[{"max_limit":2,"reset_duration":"1M"}]}""").Budgets);
        Assert.Equal(("b", 2_000_000_000L), (budget.Id, budget.LimitNanos));
        var turned = Change(s_key, """{"calendar_aligned":true}""");
        Assert.Equal(("b", true, true), (turned.Budgets[0].Id, turned.Budgets[0].Period.CalendarAligned, turned.CalendarAligned));
    }

    [Fact]
    public void Naming_a_customer_moves_the_key_out_of_its_team()
    {
        var key = Change(s_key, """{"customer_id":"c1"}""");
        Assert.Equal((null, "c1"), (key.TeamId, key.CustomerId));
    }
}

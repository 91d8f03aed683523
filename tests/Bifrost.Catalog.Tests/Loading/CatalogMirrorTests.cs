using System.Collections.Frozen;
using System.Collections.Immutable;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Tests.Loading;

public class CatalogMirrorTests
{
    private static readonly WindowPeriod s_day = new(1, PeriodUnit.Day, CalendarAligned: false);
    private static readonly CatalogKey s_team = new(CatalogKinds.Team, "t");

    private readonly CatalogMirror _mirror = new(
        CatalogSnapshot.Empty,
        new Dictionary<string, ModelPrice> { ["p/m"] = new() { InputNanosPerMillion = 1, OutputNanosPerMillion = 1, Source = "built in" } }.ToFrozenDictionary());

    [Fact]
    public void A_later_load_changes_only_what_it_names()
    {
        _mirror.Apply(Rows(1, [Row(new Team { Id = "t", Name = "one" }), Row(new Team { Id = "u", Name = "other" })], Budget("b", 5)));
        var next = _mirror.Apply(Rows(2, [Row(new Team { Id = "t", Name = "two" })]));
        Assert.Equal((2, "two", "other"), (next.Version, next.Teams["t"].Name, next.Teams["u"].Name));
        Assert.Equal("b", Assert.Single(next.Teams["t"].Budgets).Id);
        Assert.Empty(next.Teams["u"].Budgets);
    }

    [Fact]
    public void A_budget_that_changes_alone_changes_its_owner()
    {
        _mirror.Apply(Rows(1, [Row(new Team { Id = "t", Name = "one" })], Budget("b", 5)));
        Assert.Equal(7, Assert.Single(_mirror.Apply(Rows(2, [], Budget("b", 7))).Teams["t"].Budgets).LimitNanos);
        Assert.Empty(_mirror.Apply(Rows(3, [], Budget("b", 7) with { Retired = true })).Teams["t"].Budgets);
    }

    [Fact]
    public void What_is_deleted_goes_and_may_come_back()
    {
        _mirror.Apply(Rows(1, [Row(new Team { Id = "t", Name = "one" })]));
        Assert.Empty(_mirror.Apply(Rows(2, [Row(new Team { Id = "t", Name = "" }) with { Deleted = true, Json = default }])).Teams);
        Assert.Single(_mirror.Apply(Rows(3, [Row(new Team { Id = "t", Name = "again" })])).Teams);
    }

    [Fact]
    public void A_configured_price_goes_before_the_built_in_one_until_it_is_taken_back()
    {
        Assert.Equal("built in", _mirror.Apply(Rows(1, [])).Prices["p/m"].Source);
        var own = CatalogSeeds.Of("p/m", new ModelPrice { InputNanosPerMillion = 9, OutputNanosPerMillion = 9 });
        var row = new CatalogRow { Key = own.Key, Json = own.Json, Active = true, Deleted = false, Version = 2 };
        Assert.Equal(9, _mirror.Apply(Rows(2, [row])).Prices["p/m"].InputNanosPerMillion);
        Assert.Equal(1, _mirror.Apply(Rows(3, [row with { Deleted = true, Json = default }])).Prices["p/m"].InputNanosPerMillion);
    }

    [Fact]
    public void A_stored_price_goes_before_the_built_in_one_whatever_its_case()
    {
        var prices = _mirror.Apply(Rows(1, [Price("P/M", 9)])).Prices;
        Assert.Equal(9, Assert.Single(prices).Value.InputNanosPerMillion);
        Assert.Equal(9, prices["p/m"].InputNanosPerMillion);
    }

    [Fact]
    public void Two_prices_that_an_older_version_stored_under_names_of_one_case_do_not_stop_the_start()
    {
        Assert.Equal(2, _mirror.Apply(Rows(1, [Price("p/A", 1), Price("p/a", 2)])).Prices["P/A"].InputNanosPerMillion);
        Assert.Equal(1, _mirror.Apply(Rows(2, [Price("p/a", 2) with { Deleted = true, Json = default }])).Prices["p/a"].InputNanosPerMillion);
    }

    [Fact]
    public void The_rule_of_admission_of_a_budget_is_kept_beside_its_row()
    {
        var estimated = new Budget { Id = "b", LimitNanos = 5, Period = s_day, Admission = AdmissionRule.Estimate };
        var team = Row(new Team { Id = "t", Name = "one", Budgets = [estimated] });
        Assert.Equal(estimated, Assert.Single(_mirror.Apply(Rows(1, [team], Budget("b", 5))).Teams["t"].Budgets));
        Assert.Equal(estimated with { LimitNanos = 7 }, Assert.Single(_mirror.Apply(Rows(2, [], Budget("b", 7))).Teams["t"].Budgets));

        // A row of an older version says nothing of it.
        var old = team with { Json = System.Text.Encoding.UTF8.GetBytes("""{"id":"t","name":"one","budgets":[]}""") };
        Assert.Equal(AdmissionRule.Bound, Assert.Single(_mirror.Apply(Rows(3, [old])).Teams["t"].Budgets).Admission);
    }

    private static CatalogRow Price(string name, long input)
    {
        var item = CatalogSeeds.Of(name, new ModelPrice { InputNanosPerMillion = input, OutputNanosPerMillion = 0 });
        return new CatalogRow { Key = item.Key, Json = item.Json, Active = true, Deleted = false, Version = 1 };
    }

    private static CatalogRows Rows(long version, ImmutableArray<CatalogRow> objects, params ImmutableArray<BudgetRow> budgets) =>
        new() { Version = version, Objects = objects, Budgets = budgets };

    private static CatalogRow Row(Team team) =>
        new() { Key = s_team with { Id = team.Id }, Json = CatalogSeeds.Of(team).Json, Active = true, Deleted = false, Version = 1 };

    private static BudgetRow Budget(string id, long limit) => new()
    {
        Id = id, Object = s_team, Level = BudgetLevel.Team, OwnerId = "t", Period = s_day, LimitNanos = limit, Retired = false, Version = 1,
    };
}

using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using Bifrost.Admin.Metrics;

namespace Bifrost.Admin.Tests.Metrics;

/// <summary>From samples to the text that Prometheus reads.</summary>
public sealed class MetricsCollectorTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly MetricsCollector _collector;
    private readonly Meter _meter;

    public MetricsCollectorTests()
    {
        _collector = new MetricsCollector(_meters, new MetricsOptions { SeriesPerMetricMax = 10 });
        _meter = _meters.Create("Bifrost.Test");
    }

    public void Dispose()
    {
        _collector.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void Names_carry_units_and_endings_and_each_metric_has_one_head()
    {
        var counter = _meter.CreateCounter<long>("bifrost.test.calls", "{call}", "Calls.");
        counter.Add(2, Tag("error.type", "a"));
        counter.Add(3, Tag("error.type", "b"));
        counter.Add(4, Tag("error.type", "a"));
        _meter.CreateUpDownCounter<long>("bifrost.test.now").Add(-2);
        _meter.CreateGauge<double>("bifrost.test.body", "By").Record(1.5);
        _meter.CreateObservableCounter("bifrost.test.ends", () => 7L);

        var page = Page();

        Assert.Equal((6.0, 3.0), (page.Value("bifrost_test_calls_total", ("error_type", "a")), page.Value("bifrost_test_calls_total", ("error_type", "b"))));
        Assert.Equal(("counter", "Calls."), (page.TypeOf("bifrost_test_calls_total"), page.HelpOf("bifrost_test_calls_total")));
        Assert.Equal((-2.0, "gauge"), (page.Value("bifrost_test_now"), page.TypeOf("bifrost_test_now")));
        Assert.Equal(1.5, page.Value("bifrost_test_body_bytes"));
        Assert.Equal((7.0, "counter"), (page.Value("bifrost_test_ends_total"), page.TypeOf("bifrost_test_ends_total")));
    }

    [Fact]
    public void The_order_of_tags_makes_no_new_series()
    {
        var counter = _meter.CreateCounter<long>("bifrost.test.calls");
        counter.Add(1, Tag("b", "2"), Tag("a", 1));
        counter.Add(1, Tag("a", 1), Tag("b", "2"));
        counter.Add(1, Tag("a", "2"), Tag("b", "1"));

        var page = Page();

        Assert.Equal(2, page.Value("bifrost_test_calls_total", ("a", "1"), ("b", "2")));
        Assert.Equal(2, page.SeriesOf("bifrost_test_calls_total").Count);
    }

    [Fact]
    public void What_a_label_or_a_help_may_not_carry_is_escaped()
    {
        const string Odd = "a\"b\\c\nd\\n},e=\"f\" ä";
        _meter.CreateCounter<long>("bifrost.test.calls", null, "One \"line\"\nand a \\ more.").Add(1, Tag("na me", Odd));

        var page = Page();

        Assert.Equal(1, page.Value("bifrost_test_calls_total", ("na_me", Odd)));
        Assert.Equal("One \"line\"\nand a \\ more.", page.HelpOf("bifrost_test_calls_total"));
    }

    [Fact]
    public void Buckets_hold_what_is_at_most_their_bound()
    {
        var histogram = _meter.CreateHistogram("bifrost.test.time", "s", "Time.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2.5, 10] });
        foreach (var value in new[] { 0.5, 1, 1.5, 2.5, 11, double.NaN }) histogram.Record(value, Tag("to", "x"));
        _meter.CreateHistogram<double>("bifrost.test.usual", "s").Record(0.02);

        var page = Page();

        double Bucket(string le) => page.Value("bifrost_test_time_seconds_bucket", ("to", "x"), ("le", le));
        Assert.Equal((2.0, 4.0, 4.0, 5.0), (Bucket("1"), Bucket("2.5"), Bucket("10"), Bucket("+Inf")));
        Assert.Equal((16.5, 5.0), (page.Value("bifrost_test_time_seconds_sum", ("to", "x")), page.Value("bifrost_test_time_seconds_count", ("to", "x"))));
        Assert.Equal(1, page.Value("bifrost_test_usual_seconds_bucket", ("le", "0.025")));
        Assert.Equal(0, page.Value("bifrost_test_usual_seconds_bucket", ("le", "0.01")));
    }

    [Fact]
    public void Series_beyond_the_limit_share_one_and_that_is_seen()
    {
        var counter = _meter.CreateCounter<long>("bifrost.test.calls");
        for (var i = 0; i < 15; i++) counter.Add(1, Tag("key", i));
        for (var i = 0; i < 15; i++) counter.Add(1, Tag("key", i));

        var page = Page();

        // Ten have series of their own; samples of the other five went into one, each time.
        Assert.Equal(11, page.SeriesOf("bifrost_test_calls_total").Count);
        Assert.Equal(2, page.Value("bifrost_test_calls_total", ("key", "9")));
        Assert.Null(page.Find("bifrost_test_calls_total", ("key", "10")));
        Assert.Equal(10, page.Value("bifrost_test_calls_total", ("otel_metric_overflow", "true")));
        Assert.Equal(10, page.Value("bifrost_metrics_overflow_total", ("metric", "bifrost_test_calls_total")));
    }

    [Fact]
    public void More_overflowing_metrics_than_series_end_in_one_too()
    {
        for (var metric = 0; metric < 12; metric++)
        {
            var counter = _meter.CreateCounter<long>($"bifrost.test.calls{metric}");
            for (var i = 0; i < 11; i++) counter.Add(1, Tag("key", i));
        }

        var page = Page();

        Assert.Equal(12, page.Sum("bifrost_metrics_overflow_total"));
        Assert.Equal(2, page.Value("bifrost_metrics_overflow_total", ("otel_metric_overflow", "true")));
    }

    [Fact]
    public void No_sample_is_lost_among_many_threads()
    {
        const int Threads = 4;
        const int Samples = 200_000;
        var one = _meter.CreateCounter<long>("bifrost.test.one");
        var many = _meter.CreateCounter<long>("bifrost.test.many");
        var histogram = _meter.CreateHistogram<double>("bifrost.test.time", "s");
        using var start = new Barrier(Threads + 1);
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            start.SignalAndWait();
            for (var i = 0; i < Samples; i++) one.Add(1);
            for (var i = 0; i < Samples; i++) histogram.Record(i % 12);
            for (var i = 0; i < Samples / 10; i++) many.Add(1, Tag("key", (i + thread) % 20));
        })).ToList();
        threads.ForEach(thread => thread.Start());
        start.SignalAndWait();

        // Each page on the way stands for itself: its histograms are whole.
        while (threads.Exists(thread => thread.IsAlive)) Page();
        var page = Page();

        Assert.Equal(Threads * Samples, page.Value("bifrost_test_one_total"));
        Assert.Equal(Threads * Samples / 10, page.Sum("bifrost_test_many_total"));
        Assert.Equal(11, page.SeriesOf("bifrost_test_many_total").Count);
        Assert.Equal(Threads * Samples, page.Value("bifrost_test_time_seconds_count"));
        Assert.Equal(Threads * (double)Enumerable.Range(0, Samples).Sum(i => i % 12), page.Value("bifrost_test_time_seconds_sum"));
    }

    [Fact]
    public void An_observed_series_that_is_told_no_more_is_gone()
    {
        var told = new List<Measurement<long>> { new(1, Tag("key", "a")), new(2, Tag("key", "b")) };
        _meter.CreateObservableGauge("bifrost.test.depth", () => told);
        Assert.Equal(2, Page().SeriesOf("bifrost_test_depth").Count);
        told.RemoveAt(0);
        Assert.Equal("bifrost_test_depth{key=b}", Assert.Single(Page().SeriesOf("bifrost_test_depth")));
    }

    [Fact]
    public void A_gauge_that_fails_takes_no_other_off_the_page()
    {
        Func<long> broken = () => throw new InvalidOperationException("broken");
        _meter.CreateObservableGauge("bifrost.test.broken", broken);
        _meter.CreateObservableGauge("bifrost.test.whole", () => 3L);
        var page = Page();
        Assert.Equal(3, page.Value("bifrost_test_whole"));
        Assert.Equal(1, page.Value("bifrost_metrics_failures_total"));
        Assert.DoesNotContain("bifrost_test_broken", page.Names);
    }

    [Fact]
    public void A_counter_never_falls()
    {
        var counter = _meter.CreateCounter<double>("bifrost.test.cost");
        counter.Add(1.5);
        counter.Add(-1);
        counter.Add(double.NaN);
        Assert.Equal(1.5, Page().Value("bifrost_test_cost_total"));
    }

    [Fact]
    public void Meters_of_others_are_not_listened_to()
    {
        using var others = new TestMeters();
        others.Create("Bifrost.Test").CreateCounter<long>("bifrost.test.theirs").Add(1);
        _meters.Create("Microsoft.Test").CreateCounter<long>("bifrost.test.frameworks").Add(1);
        using var global = new Meter("Bifrost.Test");
        global.CreateCounter<long>("bifrost.test.global").Add(1);
        Assert.DoesNotContain(Page().Names, name => name.StartsWith("bifrost_test", StringComparison.Ordinal));
    }

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);

    private PrometheusPage Page()
    {
        var text = new ArrayBufferWriter<byte>();
        _collector.Write(text);
        return PrometheusPage.Read(Encoding.UTF8.GetString(text.WrittenSpan));
    }
}

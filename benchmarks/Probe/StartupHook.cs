using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

/// <summary>
/// Goes into a process under measurement by DOTNET_STARTUP_HOOKS, so that the process itself need not know. It tells in
/// a small file how many bytes have been allocated and how many methods compiled, and when another file says so it ends
/// the process at a point of a message's way, as a power cut would.
/// </summary>
internal static class StartupHook
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("BENCHMARK_PROBE") is not { Length: > 0 } file)
        {
            return;
        }

        var view = MemoryMappedFile
            .CreateFromFile(file, FileMode.OpenOrCreate, null, 2 * sizeof(long))
            .CreateViewAccessor();
        new Thread(() =>
        {
            var killer = false;
            while (true)
            {
                view.Write(0, GC.GetTotalAllocatedBytes());
                view.Write(sizeof(long), System.Runtime.JitInfo.GetCompiledMethodCount());
                if (!killer && File.Exists(file + ".kill"))
                {
                    killer = true;
                    Killer.Wait(File.ReadAllText(file + ".kill").Split(' '));
                }

                Thread.Sleep(Every);
            }
        })
        {
            IsBackground = true,
            Name = "Benchmark probe",
        }.Start();
    }

    /// <summary>Knows where a message is by what the libraries on its way tell tracers.</summary>
    private static class Killer
    {
        private const int SigKill = 9;

        private static int s_left;
        private static int s_webhooks;

        /// <summary>Point and count: at the so-manieth time that a message comes by there, the process dies.</summary>
        public static void Wait(string[] when)
        {
            s_left = int.Parse(when[1], System.Globalization.CultureInfo.InvariantCulture);
            ActivitySource.AddActivityListener(
                new ActivityListener
                {
                    ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "System.Net.Http" or "Npgsql",
                    Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                    ActivityStarted = activity => Pass(Place(activity) + "-start", when[0]),
                    ActivityStopped = activity => Pass(Place(activity) + "-end", when[0]),
                }
            );
            File.WriteAllText(Environment.GetEnvironmentVariable("BENCHMARK_PROBE") + ".armed", "");
        }

        // The journal writes messages before a bot has been asked, and answers after it has said something.
        private static string Place(Activity activity) =>
            activity.Source.Name switch
            {
                "Microsoft.AspNetCore" => "request",
                "System.Net.Http" => "webhook",
                _ => Volatile.Read(ref s_webhooks) == 0 ? "claim" : "answer",
            };

        private static void Pass(string place, string point)
        {
            if (place == "webhook-end")
            {
                Interlocked.Increment(ref s_webhooks);
            }

            if (place == point && Interlocked.Decrement(ref s_left) == 0)
            {
                _ = kill(Environment.ProcessId, SigKill);
            }
        }

        [DllImport("libc")]
        private static extern int kill(int process, int signal);
    }
}

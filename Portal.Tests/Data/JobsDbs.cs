using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Tests.Data;

/// <summary>Contexts for jobs that a test runs by itself, each on its own connection.</summary>
public static class JobsDbs
{
    public static JobsDb OpenJobsDb(this Portal.Data.Databases databases) =>
        new(new DbContextOptionsBuilder<JobsDb>().UseNpgsql(databases.Jobs).UseSnakeCaseNamingConvention().Options);
}

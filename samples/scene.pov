// SPDX-License-Identifier: MIT
// A still life with what interpolation finds hard: fine regular texture (cloth, checker), thin
// lines (wires), saturated edges (fruit), and smooth shading (glass, wall).
// Rendered by make_images.sh.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 8 }

camera { location <0, 3.1, -8.2> look_at <-0.05, 1.25, 0> angle 44 right x * 3 / 2 }
light_source { <-6, 9, -7> rgb 1.0 area_light x * 1.5, z * 1.5, 5, 5 adaptive 1 }
light_source { <7, 4, -5> rgb <0.30, 0.33, 0.40> shadowless }
background { rgb <0.5, 0.6, 0.7> }

// Wall and table
plane { z, 5 pigment { gradient y color_map {
  [0 rgb <0.62, 0.60, 0.50>] [1 rgb <0.28, 0.40, 0.50>] } scale 7 } finish { ambient 0.12 } }
plane { y, 0 pigment { checker rgb <0.86, 0.82, 0.74> rgb <0.20, 0.23, 0.28> scale 0.62 }
  finish { ambient 0.1 reflection 0.12 } }

// A cloth of fine coloured stripes that run into the distance
#declare Stripes = pigment { gradient x color_map {
  [0.00 rgb <0.75, 0.10, 0.12>] [0.25 rgb <0.75, 0.10, 0.12>]
  [0.25 rgb <0.95, 0.93, 0.85>] [0.55 rgb <0.95, 0.93, 0.85>]
  [0.55 rgb <0.10, 0.20, 0.55>] [0.75 rgb <0.10, 0.20, 0.55>]
  [0.75 rgb <0.95, 0.93, 0.85>] [1.00 rgb <0.95, 0.93, 0.85>] } scale 0.15 }
box { <-1.9, 0, -2.6>, <0.35, 0.015, 2.2> pigment { Stripes } rotate y * 24
  translate <-1.35, 0, 0> finish { ambient 0.1 } }

// Fruit
#macro Fruit(Centre, Radius, Low, High, Grain)
  sphere { 0, 1 pigment { bozo turbulence 0.4 scale Grain color_map { [0.2 rgb Low] [0.8 rgb High] } }
    normal { bumps 0.12 scale 0.05 } finish { ambient 0.1 phong 0.6 phong_size 40 }
    scale Radius translate Centre }
#end
Fruit(<-2.75, 0.62, 0.5>, 0.62, <0.95, 0.42, 0.02>, <0.98, 0.55, 0.05>, 0.10)
Fruit(<-1.75, 0.55, -0.55>, 0.55, <0.62, 0.02, 0.03>, <0.90, 0.16, 0.05>, 0.35)
Fruit(<-2.15, 0.50, -1.75>, 0.50, <0.30, 0.55, 0.04>, <0.62, 0.75, 0.12>, 0.30)
cylinder { <-1.75, 1.02, -0.55>, <-1.66, 1.36, -0.60>, 0.035 pigment { rgb <0.25, 0.15, 0.06> } }

// A glass ball and a mirror ball on the checker
sphere { <1.05, 0.85, -1.3>, 0.85
  pigment { rgbf <0.96, 0.99, 0.98, 0.94> } interior { ior 1.45 }
  finish { ambient 0 diffuse 0.05 reflection 0.08 specular 0.9 roughness 0.002 } }
sphere { <2.95, 0.62, 0.3>, 0.62 pigment { rgb 0.04 }
  finish { ambient 0 diffuse 0.2 reflection 0.75 specular 0.8 roughness 0.003 } }

// A wicker vase: rings of thin threads
#declare Ring = 0;
#while (Ring < 26)
  #local Height = 0.05 + Ring * 0.085;
  #local Radius = 0.52 + 0.22 * sin(Height * 1.55);
  torus { Radius, 0.045 translate <0.35, Height, 1.9>
    pigment { radial color_map { [0.5 rgb <0.72, 0.50, 0.24>] [0.5 rgb <0.36, 0.20, 0.08>] }
      frequency 22 rotate y * mod(Ring, 2) * 8.2 translate <0.35, 0, 1.9> }
    finish { ambient 0.1 } }
  #declare Ring = Ring + 1;
#end

// Stems in the vase, and blossoms
#declare Stem = 0;
#declare Chance = seed(7);
#while (Stem < 9)
  #local Lean = <rand(Chance) - 0.5, 0, rand(Chance) - 0.5> * 1.8;
  #local Top = <0.35, 2.45 + rand(Chance) * 0.55, 1.9> + Lean;
  cylinder { <0.35, 1.6, 1.9>, Top, 0.022 pigment { rgb <0.12, 0.40, 0.10> } }
  #local Leaf = 0;
  #while (Leaf < 6)
    sphere { 0, 1 scale <0.17, 0.05, 0.08> translate x * 0.17 rotate <-35, Leaf * 60, 0>
      translate Top
      pigment { rgb <0.85, 0.15 + 0.5 * mod(Stem, 2), 0.35 + 0.5 * mod(Stem + 1, 3) / 2> }
      finish { ambient 0.15 } }
    #declare Leaf = Leaf + 1;
  #end
  sphere { Top, 0.075 pigment { rgb <0.95, 0.80, 0.10> } }
  #declare Stem = Stem + 1;
#end

// A book with lettering-like bars, upright on the right
union {
  box { <0, 0, 0>, <1.25, 1.75, 0.28> pigment { rgb <0.05, 0.28, 0.30> } }
  #declare Line = 0;
  #while (Line < 7)
    box { <0.16, 1.45 - Line * 0.13, -0.004>, <1.09 - 0.3 * rand(Chance), 1.50 - Line * 0.13, 0>
      pigment { rgb <0.92, 0.78, 0.36> } }
    #declare Line = Line + 1;
  #end
  rotate y * 28 rotate x * -4 translate <2.25, 0.02, 2.6>
  finish { ambient 0.1 }
}

// Thin wires before the wall
#declare Wire = 0;
#while (Wire < 7)
  cylinder { <-7, 2.9 + Wire * 0.13, 4.6>, <-1.2, 2.35 + Wire * 0.16, 4.6>, 0.014
    pigment { rgb <0.08, 0.08, 0.09> } }
  #declare Wire = Wire + 1;
#end
